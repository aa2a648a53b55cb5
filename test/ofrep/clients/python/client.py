"""
Evaluates flags with OpenFeature's published Python provider for OFREP: plans as JSON on standard input, answers as JSON
on standard output. See test/ofrep/clients/drivers.ts for both shapes.
"""

import json
import logging
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

# The SDK logs each failed evaluation; the answers tell of them.
logging.disable(logging.CRITICAL)


def context_of(members):
    attributes = {name: value for name, value in members.items() if name != "targetingKey"}
    return EvaluationContext(targeting_key=members.get("targetingKey"), attributes=attributes)


def evaluate(client, call):
    details_of = getattr(client, f"get_{call['type']}_details")
    details = details_of(call["flag"], call["default"], context_of(call["context"]))
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": details.reason,
        "errorCode": details.error_code,
        "metadata": details.flag_metadata,
    }


def run(number, plan):
    headers = {"Authorization": f"Bearer {plan['token']}"}
    domain = f"plan-{number}"
    api.set_provider(OFREPProvider(plan["baseUrl"], headers_factory=lambda: headers, timeout=60), domain)
    client = api.get_client(domain)
    return [evaluate(client, call) for call in plan["calls"]]


print(json.dumps([run(number, plan) for number, plan in enumerate(json.load(sys.stdin))]))
