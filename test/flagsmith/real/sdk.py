"""Drives the published Python SDK: one JSON command per line on standard input, one JSON answer per line."""

import json
import sys

from flagsmith import Flagsmith

clients = {}


def flags_of(flags):
    return {flag.feature_name: [flag.enabled, flag.value] for flag in flags.all_flags()}


def run(command):
    kind = command["do"]
    if kind == "open":
        clients[command["name"]] = Flagsmith(**command["config"])
        return True
    client = clients[command["name"]]
    if kind == "environment":
        return flags_of(client.get_environment_flags())
    if kind == "identity":
        return flags_of(client.get_identity_flags(command["identifier"], command["traits"]))
    if kind == "use":
        client.get_environment_flags().is_feature_enabled(command["flag"])
        client._analytics_processor.flush()
        return True
    if kind == "refresh":
        client.update_environment()
        return True
    raise ValueError(kind)


for line in sys.stdin:
    try:
        answer = {"result": run(json.loads(line))}
    except Exception as error:
        answer = {"error": type(error).__name__}
    print(json.dumps(answer), flush=True)
