"""The scenarios, by name: module and function."""

from . import apigatewayv2, ec2, elbv2, names, secrets, watch

SCENARIOS = {
    f"{module.__name__.rsplit('.')[-1]}.{scenario.__name__}": scenario
    for module in (apigatewayv2, ec2, elbv2, names, secrets, watch)
    for scenario in module.SCENARIOS
}
