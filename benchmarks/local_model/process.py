"""The process that a local model runs in: `python -m benchmarks.local_model.process`.

Reads one line of JSON with what to serve, loads the model, prints its port, and serves until its
input ends.
"""

from __future__ import annotations

import json
import os
import sys

# Threads of OpenMP that wait for one another spin, and where another process wants the cores they
# take most of the time: 1 to 9 tokens a second in place of 30. Read once, when libgomp is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def main() -> None:
    import xllamacpp

    wanted = json.loads(sys.stdin.readline())
    params = xllamacpp.CommonParams()
    params.model.path = wanted["gguf"]
    params.model_alias = {wanted["name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [wanted["api_key"]]
    # Any page in a browser might ask otherwise.
    params.cors_origins = ""
    params.offline = True
    params.ui = False
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = wanted["threads"]
    params.cpuparams_batch.n_threads = wanted["threads"]
    # The slots share the context.
    params.n_parallel = wanted["slots"]
    params.n_ctx = wanted["slots"] * wanted["context_tokens"]
    # What a slot holds already is used again; nothing is kept beside the slots.
    params.cache_ram_mib = 0
    server = xllamacpp.Server(params)
    print(json.dumps({"address": server.listening_address}), flush=True)
    sys.stdin.read()
    # Not by way of the interpreter's end: that would wait until a prompt being read is read.
    os._exit(0)


if __name__ == "__main__":
    main()
