"""aws.py NAME: uses the credentials of AWS_PROFILE with an AWS SDK of Python or C++, once and then for each line of standard input;
prints a line of JSON for each."""

import http.server
import json
import sys
import threading


def botocore():
    import botocore.session

    session = botocore.session.Session()
    sts = session.create_client("sts")
    return lambda: sts.get_caller_identity()["Arn"]


def crt():
    """The Common Runtime has no client of STS: what it found is all."""
    import os

    from awscrt import auth, io

    bootstrap = io.ClientBootstrap.get_or_create_static_default()
    provider = auth.AwsCredentialsProvider.new_profile(bootstrap, profile_name=os.environ["AWS_PROFILE"])
    return lambda: f"key of {provider.get_credentials().result(60).access_key_id[:4]}…"


def pyarrow():
    """Arrow's file system of S3 is the SDK for C++. A server of its own shows whether requests are signed."""
    from pyarrow import fs

    signed = []

    class S3(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            signed.append(self.headers.get("authorization"))
            self.send_response(404)
            self.end_headers()

        do_GET = do_PUT = do_HEAD

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), S3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"127.0.0.1:{server.server_port}"
    files = fs.S3FileSystem(endpoint_override=endpoint, scheme="http", region="eu-west-1")

    def call():
        signed.clear()
        files.get_file_info("bucket/key")
        if not all(signed) or not signed:
            raise PermissionError("the request was not signed")
        return "key of " + signed[0].partition("Credential=")[2][:4] + "…"

    return call


def main():
    call = None
    while True:
        try:
            call = call or globals()[sys.argv[1]]()
            answer = {"status": 200, "said": call()}
        except Exception as error:
            answer = {"status": 0, "said": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
        if not sys.stdin.readline():
            return


main()
