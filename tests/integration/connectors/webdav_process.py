"""A WebDAV server over the folder that it is given, until its input ends. Prints its port.

In a process of its own, as the tests measure how much memory a client needs.
"""

from __future__ import annotations

import sys
import threading

from cheroot.wsgi import Server
from wsgidav.wsgidav_app import WsgiDAVApp


def main(folder: str) -> None:
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": folder},
            "simple_dc": {"user_mapping": {"*": {"ana": {"password": "geheim"}}}},
            "http_authenticator": {"accept_digest": False, "default_to_digest": False},
            # Keeps what a client says of a file, such as an `oc:fileid`.
            "property_manager": True,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = Server(("127.0.0.1", 0), app, numthreads=4)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    print(server.bind_addr[1], flush=True)
    sys.stdin.read()
    server.stop()
    thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
