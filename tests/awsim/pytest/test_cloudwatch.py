"""CloudWatch as boto3 sees it, in all protocols that the service speaks."""

import datetime
import json

import botocore.model
import pytest
from botocore.exceptions import ClientError

PROTOCOLS = ["smithy-rpc-v2-cbor", "json", "query"]


@pytest.fixture(params=PROTOCOLS)
def watch(request, client, monkeypatch):
    """A client in each protocol."""
    order = (request.param, *(protocol for protocol in PROTOCOLS if protocol != request.param))
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", order)
    made = client("cloudwatch")
    assert made.meta.service_model.resolved_protocol == request.param
    return made


@pytest.fixture
def minute(awsim):
    """Gives whole minutes from now on the simulator's clock; at least half of this one is left."""
    now = awsim.door("clock")["now"] / 1000
    if now % 60 > 30:
        awsim.advance(60 - now % 60 + 0.01)
        now = awsim.door("clock")["now"] / 1000
    start = now - now % 60
    return lambda n=0: datetime.datetime.fromtimestamp(start + 60 * n, datetime.timezone.utc)


def alarm(name, **options):
    return {
        "AlarmName": name,
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        **options,
    }


def refused(call, status=400, **options):
    with pytest.raises(ClientError) as refusal:
        call(**options)
    response = refusal.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    return response["Error"]["Code"], response["Error"]["Message"]


def names(answer):
    return [found["AlarmName"] for found in answer["MetricAlarms"]]


def test_an_alarm_is_put_and_described(watch, account):
    watch.put_metric_alarm(
        **alarm(
            "a",
            AlarmDescription="<for & people>",
            Dimensions=[{"Name": "ApiId", "Value": "x"}, {"Name": "Stage", "Value": "$default"}],
            AlarmActions=["arn:aws:sns:eu-central-1:123456789012:pages"],
            TreatMissingData="notBreaching",
            DatapointsToAlarm=1,
        )
    )
    answer = watch.describe_alarms(AlarmNames=["a"])
    assert answer["CompositeAlarms"] == []
    [told] = answer["MetricAlarms"]
    assert told["AlarmArn"] == f"arn:aws:cloudwatch:eu-central-1:{account}:alarm:a"
    assert (told["StateValue"], told["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert (told["Threshold"], told["Period"], told["DatapointsToAlarm"]) == (10.0, 60, 1)
    assert told["Dimensions"] == [{"Name": "ApiId", "Value": "x"}, {"Name": "Stage", "Value": "$default"}]
    assert told["AlarmDescription"] == "<for & people>"
    assert (told["ActionsEnabled"], told["OKActions"]) == (True, [])
    assert isinstance(told["StateUpdatedTimestamp"], datetime.datetime)


def test_tags_count_only_when_an_alarm_is_made(watch, account):
    tags = [{"Key": "k", "Value": "1"}]
    watch.put_metric_alarm(**alarm("a", Tags=tags))
    watch.put_metric_alarm(**alarm("a", Tags=[{"Key": "k", "Value": "2"}], Threshold=0.5))
    arn = f"arn:aws:cloudwatch:eu-central-1:{account}:alarm:a"
    assert watch.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    assert watch.describe_alarms()["MetricAlarms"][0]["Threshold"] == 0.5


def test_alarms_are_listed_in_pages(watch):
    for n in range(5):
        watch.put_metric_alarm(**alarm(f"a{n}"))
    pages = watch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [names(page) for page in pages] == [["a0", "a1"], ["a2", "a3"], ["a4"]]
    assert names(watch.describe_alarms(AlarmNamePrefix="a3", StateValue="INSUFFICIENT_DATA")) == ["a3"]
    assert names(watch.describe_alarms(AlarmTypes=["CompositeAlarm"])) == []
    assert refused(watch.describe_alarms, NextToken="made up")[0] == "InvalidNextToken"
    with pytest.raises(watch.exceptions.InvalidNextToken):
        watch.describe_alarms(NextToken="made up")


def test_an_alarm_that_cannot_be_is_refused(watch):
    words = "Period must be 10, 20, 30 or a multiple of 60"
    assert refused(watch.put_metric_alarm, **alarm("a", Period=7)) == ("ValidationError", words)
    code, message = refused(watch.put_metric_alarm, **alarm("a", Statistic="Median"))
    assert code == "ValidationError"
    assert "Value 'Median' at 'statistic' failed to satisfy constraint: Member must satisfy enum value set" in message
    code, message = refused(watch.put_metric_alarm, 501, **alarm("a", EvaluationCriteria={"PromQLCriteria": {"Query": "up"}}))
    assert (code, message) == ("NotImplemented", "EvaluationCriteria of cloudwatch is not simulated.")


def test_alarms_are_deleted_by_name(watch):
    for name in ("a", "b"):
        watch.put_metric_alarm(**alarm(name))
    watch.delete_alarms(AlarmNames=["a", "none"])
    assert names(watch.describe_alarms()) == ["b"]
    assert refused(watch.delete_alarms, 404, AlarmNames=["none"])[0] == "ResourceNotFound"
    with pytest.raises(watch.exceptions.ResourceNotFound):
        watch.delete_alarms(AlarmNames=["none"])


def test_a_state_is_set_by_hand(watch):
    watch.put_metric_alarm(**alarm("a", TreatMissingData="ignore"))
    data = json.dumps({"why": "test"})
    watch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test", StateReasonData=data)
    [told] = watch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert (told["StateReason"], told["StateReasonData"]) == ("test", data)
    state = {"StateValue": "OK", "StateReason": ""}
    assert refused(watch.set_alarm_state, 404, AlarmName="none", **state)[0] == "ResourceNotFound"
    assert refused(watch.set_alarm_state, AlarmName="a", StateReasonData="{", **state)[0] == "InvalidFormat"


def test_actions_are_switched(watch):
    watch.put_metric_alarm(**alarm("a"))
    for call, expected in ((watch.disable_alarm_actions, False), (watch.enable_alarm_actions, True)):
        call(AlarmNames=["a"])
        assert watch.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"] is expected
        assert refused(call, AlarmNames=["a"] * 101)[0] == "ValidationError"


def test_an_alarm_goes_off_when_its_metric_breaches(watch, awsim, minute):
    watch.put_metric_alarm(**alarm("a"))
    watch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Timestamp": minute(), "Value": 11.5}])
    awsim.advance(60)
    [told] = watch.describe_alarms()["MetricAlarms"]
    assert told["StateValue"] == "ALARM"
    assert told["StateReason"].startswith("Threshold Crossed: 1 datapoint [11.5 (")
    assert told["StateTransitionedTimestamp"] == minute(1)
    assert json.loads(told["StateReasonData"])["recentDatapoints"] == [11.5]
    awsim.advance(600)
    assert watch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"


def test_statistics_are_told(watch, minute):
    watch.put_metric_data(
        Namespace="n",
        MetricData=[
            {"MetricName": "m", "Timestamp": minute(), "Values": [1, 10.0], "Counts": [2, 4.0], "Unit": "Count"},
            {
                "MetricName": "m",
                "Timestamp": minute(-1),
                "StatisticValues": {"SampleCount": 2, "Sum": 5, "Minimum": 1, "Maximum": 4},
                "Unit": "Count",
            },
        ],
    )
    asked = {"Namespace": "n", "MetricName": "m", "StartTime": minute(-5), "EndTime": minute(5)}
    statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
    answer = watch.get_metric_statistics(**asked, Period=60, Statistics=statistics)
    assert answer["Label"] == "m"
    told = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    assert told[1] == {
        "Timestamp": minute(),
        "Unit": "Count",
        "SampleCount": 6.0,
        "Average": 7.0,
        "Sum": 42.0,
        "Minimum": 1.0,
        "Maximum": 10.0,
    }
    assert told[0]["Average"] == 2.5
    [point] = watch.get_metric_statistics(**asked, Period=60, ExtendedStatistics=["p50"])["Datapoints"][:1]
    assert point.get("ExtendedStatistics", {"p50": 10.0}) == {"p50": 10.0}
    code, words = refused(watch.get_metric_statistics, **{**asked, "StartTime": minute(-1500)}, Period=60, Statistics=["Sum"])
    assert code == "InvalidParameterCombination"
    assert words.startswith("You have requested up to 1,505 datapoints, which exceeds the limit of 1,440.")
    with pytest.raises(watch.exceptions.InvalidParameterCombinationException):
        watch.get_metric_statistics(**asked, Period=60, Statistics=["Sum"], ExtendedStatistics=["p50"])


def test_data_is_told_in_pages(watch, minute):
    data = [{"MetricName": "m", "Timestamp": minute(-n), "Value": float(n)} for n in range(3)]
    watch.put_metric_data(Namespace="n", MetricData=data)
    metric = {"Namespace": "n", "MetricName": "m"}
    asked = {
        "MetricDataQueries": [{"Id": "q1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}],
        "StartTime": minute(-5),
        "EndTime": minute(5),
    }
    first = watch.get_metric_data(**asked, MaxDatapoints=2)
    [result] = first["MetricDataResults"]
    assert (result["Id"], result["Label"], result["StatusCode"]) == ("q1", "m", "PartialData")
    assert (result["Values"], result["Timestamps"]) == ([0.0, 1.0], [minute(), minute(-1)])
    [rest] = watch.get_metric_data(**asked, NextToken=first["NextToken"])["MetricDataResults"]
    assert (rest["Values"], rest["StatusCode"]) == ([2.0], "Complete")
    assert refused(watch.get_metric_data, **asked, NextToken="made up")[0] == "InvalidNextToken"
    math = {**asked, "MetricDataQueries": [{"Id": "q1", "Expression": "1 + 1"}]}
    assert refused(watch.get_metric_data, 501, **math) == ("NotImplemented", "Expression of cloudwatch is not simulated.")


def test_a_metric_is_listed_a_quarter_of_an_hour_after_its_first_data(watch, awsim):
    dimensions = [{"Name": "a", "Value": "1"}]
    watch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1, "Dimensions": dimensions}])
    assert watch.list_metrics()["Metrics"] == []
    awsim.advance(901)
    listed = {"Namespace": "n", "MetricName": "m", "Dimensions": dimensions}
    assert watch.list_metrics(Dimensions=[{"Name": "a"}], RecentlyActive="PT3H")["Metrics"] == [listed]
    assert refused(watch.list_metrics, NextToken="made up")[0] == "InvalidParameterValue"
    with pytest.raises(watch.exceptions.InvalidParameterValueException):
        watch.list_metrics(NextToken="made up")


def test_data_that_cannot_be_is_refused(watch, minute):
    def put(**members):
        return refused(watch.put_metric_data, Namespace="n", MetricData=[{"MetricName": "m", **members}])

    assert put()[0] == "MissingParameter"
    assert put(Value=1.0, Values=[1.0])[0] == "InvalidParameterCombination"
    assert put(Value=1.0, Timestamp=minute(180))[0] == "InvalidParameterValue"
    assert put(Value=1.0, Unit="Potatoes")[0] == "ValidationError"
    code, words = put(Value=float("inf"))
    assert code in ("SerializationException", "MalformedInput")
    assert "at 'metricData.1.member.value' is not of type Double" in words


def test_a_compressed_body_is_read_and_one_that_is_no_gzip_is_refused(watch, minute):
    sent = []

    def look(request, **_):
        sent.append(request.headers.get("Content-Encoding"))
        if len(sent) > 1:
            request.body = b"no gzip"
            request.headers["Content-Length"] = str(len(request.body))

    watch.meta.events.register("before-send.cloudwatch.PutMetricData", look)
    dimensions = [{"Name": "a", "Value": "x" * 900}]
    data = [{"MetricName": f"m{n}", "Value": 7.0, "Timestamp": minute(), "Dimensions": dimensions} for n in range(20)]
    watch.put_metric_data(Namespace="n", MetricData=data)
    asked = {"Namespace": "n", "MetricName": "m19", "Dimensions": dimensions, "Period": 60, "Statistics": ["Sum"]}
    [point] = watch.get_metric_statistics(**asked, StartTime=minute(), EndTime=minute(1))["Datapoints"]
    assert point["Sum"] == 7.0
    code, _ = refused(watch.put_metric_data, Namespace="n", MetricData=data)
    assert code in ("SerializationException", "MalformedInput")
    assert [encoding if isinstance(encoding, str) else encoding.decode() for encoding in sent] == ["gzip", "gzip"]


def test_tags_are_set_told_and_unset(watch, account):
    watch.put_metric_alarm(**alarm("a"))
    arn = f"arn:aws:cloudwatch:eu-central-1:{account}:alarm:a"
    watch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    watch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert watch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": ""}]
    for call, options in (
        (watch.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (watch.untag_resource, {"TagKeys": ["a"]}),
        (watch.list_tags_for_resource, {}),
    ):
        assert refused(call, 404, ResourceARN=f"{arn}2", **options)[0] == "ResourceNotFoundException"
        assert refused(call, ResourceARN="nonsense", **options)[0] == "InvalidParameterValue"


def test_alarms_are_put_three_times_a_second(start_awsim):
    server = start_awsim()
    server.door("clock", "POST", {"scale": 0})
    watch = server.client("cloudwatch")
    for n in range(3):
        watch.put_metric_alarm(**alarm(f"a{n}"))
    assert refused(watch.put_metric_alarm, **alarm("a3")) == ("Throttling", "Rate exceeded")
