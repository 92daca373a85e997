"""The vendor's library with nothing of this machine in it.

Left to itself it reads some fifty environment variables, two files in the home folder and the
cloud's metadata service, for credentials, addresses and proxies. Whoever registers a source would
work with the operator's own identity.
"""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

from botocore import UNSIGNED
from botocore.config import Config
from botocore.configprovider import (
    BOTOCORE_DEFAUT_SESSION_VARIABLES,
    ConfigValueStore,
    ConstantProvider,
)
from botocore.credentials import CredentialResolver
from botocore.loaders import Loader
from botocore.session import Session

from connectors.s3.config import S3Config, S3Credentials

# A session is not safe to make clients with from several threads.
_lock = threading.Lock()


class _NoTokens:
    def load_token(self, **_: Any) -> None:
        return None


def new_client(config: S3Config, credentials: S3Credentials | None) -> Any:
    """A botocore client for S3 that asks with these credentials, or with none, and tries once."""
    keys = {}
    if credentials is not None:
        token = credentials.session_token
        keys = {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key.get_secret_value(),
            "aws_session_token": token.get_secret_value() if token else None,
        }
    with _lock:
        return _session().create_client(
            "s3",
            region_name=config.region,
            endpoint_url=config.endpoint_url,
            verify=True,
            config=Config(
                signature_version=UNSIGNED if credentials is None else "s3v4",
                user_agent="Vouch",
                proxies={},
                retries={"mode": "standard", "total_max_attempts": 1},
                # Old systems know no checksums; where an answer has one, it is compared.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_supported",
                ignore_configured_endpoint_urls=True,
                s3={
                    "addressing_style": _addressing(config),
                    "us_east_1_regional_endpoint": "regional",
                },
            ),
            **keys,
        )


def _addressing(config: S3Config) -> str:
    if config.addressing == "auto" and config.endpoint_url is not None:
        return "path"
    return config.addressing


@cache
def _session() -> Session:
    """One for the process: the vendor's description of the service, which it holds, has 12 MB."""
    session = Session()
    defaults = {name: row[2] for name, row in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    defaults |= {"config_file": os.devnull, "credentials_file": os.devnull}
    session.register_component(
        "config_store",
        ConfigValueStore({name: ConstantProvider(value) for name, value in defaults.items()}),
    )
    session.register_component("credential_provider", CredentialResolver([]))
    session.register_component("token_provider", _NoTokens())
    session.register_component(
        "data_loader",
        # Without the models in the home folder.
        Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False),
    )
    return session
