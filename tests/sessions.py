"""Sessions of creators in tests: made as a brand's server makes them."""

from tests.graph import Graph
from tracking.accounts.credentials import find_credential
from tracking.accounts.sessions import NewSession, create_session
from tracking.creators.models import Creator


async def open_creator_session(graph: Graph, api_key: str, creator: Creator) -> str:
    issuer = await find_credential(api_key)
    assert issuer is not None
    secret = graph.app.state.services.settings.cookie_secret
    return (await create_session(issuer, NewSession(None, creator.id), secret)).token
