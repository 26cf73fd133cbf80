"""Runs deploy.py with clients of botocore that are stubbed: each call's parameters are checked against the service's own model by the client,
each answer by the stub. Ends with an error if a call does not fit, comes in another order, or does not come at all."""
import importlib.util
import io
import sys

import boto3
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

sys.dont_write_bytecode = True
script, *arguments = sys.argv[1:]
spec = importlib.util.spec_from_file_location("deploy", script)
deploy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(deploy)

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:thing/thaw"
ENDPOINT = {
    "EndpointName": "thaw", "EndpointArn": ARN, "EndpointConfigName": "thaw", "EndpointStatus": "InService",
    "CreationTime": "2030-01-01T00:00:00Z", "LastModifiedTime": "2030-01-01T00:00:00Z",
}


def answer():
    body = b'[{"label":"fr","score":0.9}]'
    return {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentType": "application/json"}


def archive(models):
    return [("put_object", {}, {"Bucket": "bucket", "Key": f"thaw/models/{model}.tar.gz", "Body": ANY}) for model in models]


EXPECTED = {
    "s3": archive(["one", "two"]) + [("delete_object", {}, None)] * 2,
    "sagemaker": [
        ("create_model", {"ModelArn": ARN}, None), ("create_endpoint_config", {"EndpointConfigArn": ARN}, None),
        ("create_endpoint", {"EndpointArn": ARN}, None), ("describe_endpoint", ENDPOINT, {"EndpointName": "thaw"}),
        ("delete_endpoint", {}, None), ("delete_endpoint_config", {}, None), ("delete_model", {}, None),
    ],
    "sagemaker-runtime": [("invoke_endpoint", answer(), None) for _ in range(4)],
}

stubs = []
make = boto3.client


def client(service, **options):
    stub = Stubber(make(service, aws_access_key_id="none", aws_secret_access_key="none", **options))
    for operation, response, expected in EXPECTED.pop(service):
        stub.add_response(operation, response, expected)
    stub.activate()
    stubs.append(stub)
    return stub.client


boto3.client = client
deploy.main(arguments)
assert not EXPECTED, f"never asked for: {EXPECTED}"
for stub in stubs:
    stub.assert_no_pending_responses()
