#!/usr/bin/env python3
"""Puts model folders behind a SageMaker multi-model endpoint, asks two of them, and takes all away again. Needs boto3; a dry run does not.

    deploy.py package create invoke delete --image ACCOUNT.dkr.ecr.REGION.amazonaws.com/thaw:TAG --role ARN --bucket BUCKET MODEL...
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

STEPS = ["package", "create", "invoke", "delete"]


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="+", metavar="STEP|MODEL", help="any of package, create, invoke, delete, then the model folders")
    parser.add_argument("--bucket", required=True, help="S3 bucket of the model archives")
    parser.add_argument("--prefix", default="thaw/models", help="folder in the bucket; every archive in it can be invoked (%(default)s)")
    parser.add_argument("--name", default="thaw", help="name of model, endpoint configuration and endpoint (%(default)s)")
    parser.add_argument("--image", default="", help="image in ECR, for create")
    parser.add_argument("--role", default="", help="ARN of the execution role, for create")
    parser.add_argument("--instance-type", default="ml.c6i.xlarge", help="(%(default)s)")
    parser.add_argument("--instances", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--cache", choices=["Enabled", "Disabled"], default="Enabled", help="ModelCacheSetting (%(default)s)")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a setting of the server, such as THAW_THREADS=4")
    parser.add_argument("--download-timeout", type=int, default=600, help="seconds for a model's download, 60 to 3600 (%(default)s)")
    parser.add_argument("--startup-timeout", type=int, default=60, help="seconds for the first healthy ping, 60 to 3600 (%(default)s)")
    parser.add_argument("--input", default='{"inputs":"Où est la bibliothèque ?"}', help="body of the invocations (%(default)s)")
    parser.add_argument("--region", default=None, help="the configured one otherwise")
    parser.add_argument("--thaw", default=shutil.which("thaw"), help="the binary, for thaw prepare (%(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="print the calls and make none")
    options = parser.parse_intermixed_args(arguments)
    options.steps = [word for word in options.words if word in STEPS]
    options.models = [word for word in options.words if word not in STEPS]
    if not options.steps:
        parser.error(f"name at least one step: {', '.join(STEPS)}")
    if "create" in options.steps and not (options.image and options.role):
        parser.error("create needs --image and --role")
    if options.steps != ["create"] and not options.models:
        parser.error("name the model folders")
    return options


def archive_name(folder):
    return os.path.basename(os.path.abspath(folder)) + ".tar.gz"


def key(options, folder):
    return f"{options.prefix}/{archive_name(folder)}"


def package(options, folder, archive):
    """Writes the folder's files, prepared where the binary can do that, to the root of a tar.gz."""
    with tempfile.TemporaryDirectory() as prepared:
        if options.thaw and "thaw prepare" in subprocess.run([options.thaw, "--help"], capture_output=True, text=True, check=True).stdout:
            subprocess.run([options.thaw, "prepare", folder, "--output", prepared], check=True)
            folder = prepared
        # Weights hardly shrink, and the platform unpacks what it has downloaded.
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            tar.add(folder, arcname=".", filter=anonymous)


def anonymous(member):
    """Owned by root and readable by all: the server runs as a user of its own."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def create_calls(options):
    environment = dict(setting.split("=", 1) for setting in options.env)
    yield "sagemaker", "create_model", {
        "ModelName": options.name,
        "ExecutionRoleArn": options.role,
        "PrimaryContainer": {
            "Image": options.image,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{options.bucket}/{options.prefix}/",
            "MultiModelConfig": {"ModelCacheSetting": options.cache},
            "Environment": environment,
        },
    }
    yield "sagemaker", "create_endpoint_config", {
        "EndpointConfigName": options.name,
        "ProductionVariants": [{
            "VariantName": "all",
            "ModelName": options.name,
            "InstanceType": options.instance_type,
            "InitialInstanceCount": options.instances,
            "ModelDataDownloadTimeoutInSeconds": options.download_timeout,
            "ContainerStartupHealthCheckTimeoutInSeconds": options.startup_timeout,
        }],
    }
    yield "sagemaker", "create_endpoint", {"EndpointName": options.name, "EndpointConfigName": options.name}


def invoke_calls(options):
    # Twice each: the first call loads the model, the second finds it.
    for folder in [model for model in options.models[:2] for _ in range(2)]:
        yield "sagemaker-runtime", "invoke_endpoint", {
            "EndpointName": options.name,
            "TargetModel": archive_name(folder),
            "ContentType": "application/json",
            "Body": options.input,
        }


def delete_calls(options):
    yield "sagemaker", "delete_endpoint", {"EndpointName": options.name}
    yield "sagemaker", "delete_endpoint_config", {"EndpointConfigName": options.name}
    yield "sagemaker", "delete_model", {"ModelName": options.name}
    for folder in options.models:
        yield "s3", "delete_object", {"Bucket": options.bucket, "Key": key(options, folder)}


class Caller:
    """Makes the calls, or only prints them; one line of JSON for each."""

    def __init__(self, options):
        self.options = options
        self.clients = {}

    def call(self, service, operation, parameters, **streams):
        print(json.dumps({"service": service, "operation": operation, "parameters": parameters}, ensure_ascii=False), flush=True)
        if not self.options.dry_run:
            return getattr(self.client(service), operation)(**parameters, **streams)

    def client(self, service):
        if service not in self.clients:
            import boto3
            from botocore.config import Config
            # The platform gives an invocation 60 seconds; and a retry would hide how long a load takes.
            config = Config(read_timeout=70, retries={"total_max_attempts": 1}) if service == "sagemaker-runtime" else None
            self.clients[service] = boto3.client(service, region_name=self.options.region, config=config)
        return self.clients[service]

    def package(self):
        with tempfile.TemporaryDirectory() as folder:
            for model in self.options.models:
                upload = {"Bucket": self.options.bucket, "Key": key(self.options, model)}
                if self.options.dry_run:
                    self.call("s3", "put_object", upload)
                    continue
                archive = os.path.join(folder, archive_name(model))
                package(self.options, model, archive)
                with open(archive, "rb") as stream:
                    self.call("s3", "put_object", upload, Body=stream)
                os.remove(archive)

    def create(self):
        for call in create_calls(self.options):
            self.call(*call)
        if not self.options.dry_run:
            self.client("sagemaker").get_waiter("endpoint_in_service").wait(EndpointName=self.options.name)

    def invoke(self):
        for call in invoke_calls(self.options):
            answer = self.call(*call)
            if answer:
                print(answer["Body"].read().decode())

    def delete(self):
        failed = False
        for call in delete_calls(self.options):
            try:
                self.call(*call)
            except Exception as error:  # what is left has to be tried all the same
                print(error, file=sys.stderr)
                failed = True
        if failed:
            raise RuntimeError("Not everything could be deleted.")


def main(arguments):
    options = parse(arguments)
    caller = Caller(options)
    try:
        for step in ["package", "create", "invoke"]:
            if step in options.steps:
                getattr(caller, step)()
    finally:
        if "delete" in options.steps:
            caller.delete()


if __name__ == "__main__":
    main(sys.argv[1:])
