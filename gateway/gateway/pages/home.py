"""Home: one call to each service, in parallel; a part that is away is said to be away."""

from __future__ import annotations

from starlette.responses import Response

from gateway.routing import patient
from gateway.web import Visitor
from portico_contracts.billing import HomeBills
from portico_contracts.messaging import HomeMessages
from portico_contracts.records import HomeSummary
from portico_contracts.scheduling import HomeVisits


async def show(visitor: Visitor) -> Response:
    """The first page after sign-in."""
    visits, records, messages, bills = await visitor.ask_all(
        HomeVisits(), HomeSummary(language=visitor.lang), HomeMessages(), HomeBills()
    )
    if messages:
        visitor.counts["messages"] = messages["unread_count"]
    home = {"visits": visits, "records": records, "messages": messages, "bills": bills}
    return visitor.render("patient/home.html", home=home)


ROUTES = [patient("/", show, here="home")]
