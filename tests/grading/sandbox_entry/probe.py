"""What runs in the sandbox of test_sandbox.py: any code that comes over the connection."""

import traceback


def main(connection):
    stream = connection.makefile("rwb")
    names = {}
    while size := stream.readline():
        try:
            exec(stream.read(int(size)), names)
            answer = repr(names.pop("answer", None))
        except Exception:
            answer = repr(traceback.format_exc().splitlines()[-1])
        stream.write(answer.encode() + b"\n")
        stream.flush()
