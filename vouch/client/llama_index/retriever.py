"""Vouch's search as a LlamaIndex retriever."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import ChatMessage
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores import MetadataFilters

from vouch.client.asynchronous import AsyncVouchClient
from vouch.client.bodies import SearchOptions
from vouch.client.llama_index.conversation import to_messages
from vouch.client.llama_index.filters import to_filters
from vouch.client.llama_index.nodes import passage_node
from vouch.client.synchronous import VouchClient
from vouch.client.transport import TIMEOUT_S


class VouchRetriever(BaseRetriever):
    """Finds the passages that one user may read, best first.

    Making one opens nothing, so that a server can make one for each request. Each search has a
    connection of its own: an asynchronous one belongs to its event loop, and programs have several.

    Of a query bundle, `query_str` is searched for; what was embedded by another model is of no use.

    Raises ApiProblem and NoServer when it is asked, ValueError for filters that Vouch has not.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        act_for: str | None = None,
        top_k: int | None = None,
        filters: MetadataFilters | None = None,
        history: Sequence[ChatMessage] = (),
        timeout_s: float = TIMEOUT_S,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self._client = partial(
            VouchClient, url, api_key=api_key, act_for=act_for, timeout_s=timeout_s
        )
        self._async_client = partial(
            AsyncVouchClient, url, api_key=api_key, act_for=act_for, timeout_s=timeout_s
        )
        self._options = SearchOptions(
            top_k=top_k, filters=to_filters(filters), history=to_messages(history)
        )

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self._client() as client:
            found = client.search(query_bundle.query_str, **self._options)
        return [passage_node(hit) for hit in found["hits"]]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        async with self._async_client() as client:
            found = await client.search(query_bundle.query_str, **self._options)
        return [passage_node(hit) for hit in found["hits"]]
