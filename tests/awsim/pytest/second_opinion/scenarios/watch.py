"""Log groups and their events, alarms and metrics."""

import time

from ..play import said, step


def log_groups(aws):
    logs = aws.logs
    yield step("make", logs.create_log_group, logGroupName="/apis/a", tags={"owner": "me"})
    yield step("make again", logs.create_log_group, logGroupName="/apis/a")
    yield step("make without a name", logs.create_log_group)
    yield step("make with an empty name", logs.create_log_group, logGroupName="")
    yield step("make with a space", logs.create_log_group, logGroupName="a b")
    yield step("make with a name that is too long", logs.create_log_group, logGroupName="x" * 513)
    yield step("make with a reserved name", logs.create_log_group, logGroupName="aws/mine")
    yield step("describe", logs.describe_log_groups, logGroupNamePrefix="/apis/")
    yield step("describe with a page that is too large", logs.describe_log_groups, limit=51)
    yield step("describe from a made-up token", logs.describe_log_groups, nextToken="made up")
    both = {"logGroupNamePrefix": "g", "logGroupNamePattern": "g"}
    yield step("describe by prefix and pattern", logs.describe_log_groups, **both)
    yield step("retain", logs.put_retention_policy, logGroupName="/apis/a", retentionInDays=14)
    yield step(
        "retain for no number of days there is", logs.put_retention_policy, logGroupName="/apis/a", retentionInDays=15
    )
    yield step("retain in no group", logs.put_retention_policy, logGroupName="none", retentionInDays=14)
    yield step("describe what is retained", logs.describe_log_groups, logGroupNamePrefix="/apis/")
    yield step("retain for ever", logs.delete_retention_policy, logGroupName="/apis/a")
    yield step("retain for ever in no group", logs.delete_retention_policy, logGroupName="none")
    arn = f"arn:aws:logs:eu-central-1:{aws.account}:log-group:/apis/a"
    yield step("tag", logs.tag_resource, resourceArn=arn, tags={"team": "a"})
    yield step("untag", logs.untag_resource, resourceArn=arn, tagKeys=["owner", "nothing"])
    yield step("list tags", logs.list_tags_for_resource, resourceArn=arn)
    yield step("list tags of none", logs.list_tags_for_resource, resourceArn=arn + "b")
    yield step("list tags of what is no ARN", logs.list_tags_for_resource, resourceArn="nonsense")
    yield step(
        "protect", logs.put_log_group_deletion_protection, logGroupIdentifier="/apis/a", deletionProtectionEnabled=False
    )
    yield step("delete", logs.delete_log_group, logGroupName="/apis/a")
    yield step("delete again", logs.delete_log_group, logGroupName="/apis/a")
    for name in "cab":
        aws.quietly(logs.create_log_group, logGroupName=f"page-{name}")
    first = yield step("describe a page", logs.describe_log_groups, logGroupNamePrefix="page-", limit=2)
    yield said(
        "they come in order of their names", [one["logGroupName"] for one in first["logGroups"]] == ["page-a", "page-b"]
    )
    yield step(
        "describe the next page",
        logs.describe_log_groups,
        logGroupNamePrefix="page-",
        limit=2,
        nextToken=first["nextToken"],
    )


def log_events(aws):
    logs = aws.logs
    aws.quietly(logs.create_log_group, logGroupName="g")
    stream = {"logGroupName": "g", "logStreamName": "s"}
    yield step("make a stream", logs.create_log_stream, **stream)
    yield step("make it again", logs.create_log_stream, **stream)
    yield step("make one in no group", logs.create_log_stream, logGroupName="none", logStreamName="s")
    yield step("make one of no name there can be", logs.create_log_stream, logGroupName="g", logStreamName="a:b")
    yield step("describe", logs.describe_log_streams, logGroupName="g")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + n, "message": str(n)} for n in range(3)]
    yield step("put events", logs.put_log_events, **stream, logEvents=events)
    yield step("put events backwards", logs.put_log_events, **stream, logEvents=events[::-1])
    yield step("put no events", logs.put_log_events, **stream, logEvents=[])
    yield step("put events to no stream", logs.put_log_events, logGroupName="g", logStreamName="none", logEvents=events)
    yield step(
        "put an old event",
        logs.put_log_events,
        **stream,
        logEvents=[{"timestamp": now - 15 * 86400000, "message": "old"}],
    )
    yield step("get", logs.get_log_events, **stream, startFromHead=True)
    last = yield step("get the last", logs.get_log_events, **stream, limit=1)
    yield said("the last is the newest", last["events"][0]["message"] == "2")
    yield step("get from a made-up token", logs.get_log_events, **stream, nextToken="x")
    yield step("get from no stream", logs.get_log_events, logGroupName="g", logStreamName="none")
    yield step("filter", logs.filter_log_events, logGroupName="g", filterPattern="1")
    yield step("filter in no group", logs.filter_log_events, logGroupName="none")
    yield step("delete the stream", logs.delete_log_stream, **stream)
    yield step("delete the stream again", logs.delete_log_stream, **stream)


def log_policies(aws):
    logs = aws.logs
    document = '{"Version":"2012-10-17","Statement":[]}'
    yield step("put", logs.put_resource_policy, policyName="one", policyDocument=document)
    yield step("describe", logs.describe_resource_policies)
    for n in range(9):
        aws.quietly(logs.put_resource_policy, policyName=f"p{n}", policyDocument=document)
    yield step("put the 11th", logs.put_resource_policy, policyName="last", policyDocument=document)
    yield step("delete", logs.delete_resource_policy, policyName="one")
    yield step("delete again", logs.delete_resource_policy, policyName="one")


def alarm(name, **more):
    return {
        "AlarmName": name,
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        **more,
    }


def alarms(aws):
    watch = aws.cloudwatch
    tag = [{"Key": "k", "Value": "1"}]
    yield step("put", watch.put_metric_alarm, **alarm("a", Tags=tag, TreatMissingData="notBreaching"))
    yield step("describe", watch.describe_alarms, AlarmNames=["a"])
    yield step("put anew", watch.put_metric_alarm, **alarm("a", Threshold=0.5, Tags=[{"Key": "k", "Value": "2"}]))
    yield step("describe it anew", watch.describe_alarms, AlarmNamePrefix="a")
    arn = f"arn:aws:cloudwatch:eu-central-1:{aws.account}:alarm:a"
    yield step("list tags", watch.list_tags_for_resource, ResourceARN=arn)
    yield step("tag", watch.tag_resource, ResourceARN=arn, Tags=[{"Key": "b", "Value": "1"}])
    yield step("untag", watch.untag_resource, ResourceARN=arn, TagKeys=["k"])
    yield step("list tags of none", watch.list_tags_for_resource, ResourceARN=arn + "b")
    yield step("tag none", watch.tag_resource, ResourceARN=arn + "b", Tags=tag)
    yield step("put with no period there is", watch.put_metric_alarm, **alarm("b", Period=7))
    yield step("put with no statistic there is", watch.put_metric_alarm, **alarm("b", Statistic="Median"))
    yield step("put with no operator there is", watch.put_metric_alarm, **alarm("b", ComparisonOperator="Near"))
    yield step("put with no evaluation periods", watch.put_metric_alarm, **alarm("b", EvaluationPeriods=0))
    yield step(
        "put without a threshold",
        watch.put_metric_alarm,
        **{key: value for key, value in alarm("b").items() if key != "Threshold"},
    )
    yield step("put with more datapoints than periods", watch.put_metric_alarm, **alarm("b", DatapointsToAlarm=2))
    yield step("put with no treatment there is", watch.put_metric_alarm, **alarm("b", TreatMissingData="guess"))
    yield step("set a state", watch.set_alarm_state, AlarmName="a", StateValue="ALARM", StateReason="test")
    yield step("describe those in the state", watch.describe_alarms, StateValue="ALARM")
    yield step("set no state there is", watch.set_alarm_state, AlarmName="a", StateValue="FINE", StateReason="test")
    yield step("set a state of none", watch.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="test")
    yield step(
        "set a state with data that are none",
        watch.set_alarm_state,
        AlarmName="a",
        StateValue="OK",
        StateReason="t",
        StateReasonData="{",
    )
    yield step("switch actions off", watch.disable_alarm_actions, AlarmNames=["a"])
    yield step("describe with actions off", watch.describe_alarms, AlarmNames=["a"])
    yield step("switch actions on", watch.enable_alarm_actions, AlarmNames=["a"])
    yield step("describe a page that is too large", watch.describe_alarms, MaxRecords=101)
    yield step("describe from a made-up token", watch.describe_alarms, NextToken="made up")
    yield step("delete", watch.delete_alarms, AlarmNames=["a"])
    yield step("delete again", watch.delete_alarms, AlarmNames=["a"])
    yield step("describe what was deleted", watch.describe_alarms, AlarmNames=["a"])


def metrics(aws):
    watch = aws.cloudwatch
    minute = int(time.time()) // 60 * 60 - 300
    data = [{"MetricName": "m", "Timestamp": minute, "Value": value} for value in (1.0, 3.0)]
    yield step("put", watch.put_metric_data, Namespace="shop", MetricData=data)
    yield step("put into a reserved namespace", watch.put_metric_data, Namespace="AWS/Shop", MetricData=data)
    yield step("put nothing", watch.put_metric_data, Namespace="shop", MetricData=[])
    yield step("put without a value", watch.put_metric_data, Namespace="shop", MetricData=[{"MetricName": "m"}])
    aws.wait(900)
    yield step("list", watch.list_metrics, Namespace="shop")
    yield step("list those of no namespace there is", watch.list_metrics, Namespace="none")
    given = {"Namespace": "shop", "MetricName": "m", "StartTime": minute, "EndTime": minute + 60, "Period": 60}
    yield step("read statistics", watch.get_metric_statistics, **given, Statistics=["Sum", "Maximum", "SampleCount"])
    yield step("read no statistics", watch.get_metric_statistics, **given)
    yield step("read by no period there is", watch.get_metric_statistics, **{**given, "Period": 7}, Statistics=["Sum"])
    query = {
        "Id": "q",
        "MetricStat": {"Metric": {"Namespace": "shop", "MetricName": "m"}, "Period": 60, "Stat": "Average"},
    }
    span = {"StartTime": minute, "EndTime": minute + 60}
    yield step("read data", watch.get_metric_data, MetricDataQueries=[query], **span)
    yield step("read data by two queries of one id", watch.get_metric_data, MetricDataQueries=[query, query], **span)
    yield step(
        "read data by a query of no id there can be",
        watch.get_metric_data,
        MetricDataQueries=[{**query, "Id": "Q"}],
        **span,
    )
    yield step(
        "read data backwards", watch.get_metric_data, MetricDataQueries=[query], StartTime=minute, EndTime=minute - 60
    )


SCENARIOS = [log_groups, log_events, log_policies, alarms, metrics]
