"""What the release before does before its databases are dumped: some of everything that is stored.

It speaks to that release as people do, through GraphQL and the command line, and writes down what a later release must
still know.
"""

from __future__ import annotations

from typing import Any

import httpx

from goldenthread.runtime.kafka.clients import partition_of
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization
from tests.support.webhook_receiver import WebhookReceiver
from tests.upgrade.old_data import told

OLD = "org_old_mill"
STAGES = 5
"""Whys with an objective each: the test of an upgrade retires one in each of its stages."""
WEBHOOK_HOST, WEBHOOK_PORT = "127.91.77.3", 19_377
"""Where the webhook's receiver is. Nobody else listens on such an address of this machine."""
IDENTIFIER = "https://issuer.example"
"""What vouches for logins. It is part of them, so it is the same whoever reads the dumps."""
PLAN = """Row ID,Type,Title,Description,Parent,Entity,Start Value,Target Value,Current Value
P,purpose,Everybody has bread,,,,,,
W,why,Bread that keeps for a week,It is thrown away,P,Bakery,,,
O,objective,{title},,W,Bakery,,,
K,key_result,Loaves sold on day five,,O,Bakery,0,100,10
"""


async def tell(up: RunningInstance, http: httpx.AsyncClient, receiver: WebhookReceiver) -> dict[str, Any]:
    """Do everything; what is to be known of it afterwards."""
    org = await _founded(up, http, OLD)
    story: dict[str, Any] = {"organization": org.id, "loads": [], "root": org.root}
    story |= await _thread(org)
    story |= await _people(org)
    story |= await _webhook_and_alerts(org, receiver, story)
    story |= await _imported(org)
    story |= await _listening(org, story)
    story |= await _command_under_a_key(org)
    for id in load_organizations():
        other = await _founded(up, http, id)
        await other.purpose()
        story["loads"].append({"organization": id, "root": other.root, "why": await other.why("Hear in noise")})
    story["deleted"] = await _deleted(up, http)
    await _settled(org, receiver, story)
    story["told"] = await told(org.admin)
    return story


def load_organizations() -> list[str]:
    """Ids of organizations for a load, one in each quarter of the partitions: two replicas have something to do."""
    found: dict[int, str] = {}
    for number in range(100):
        found.setdefault(partition_of(id := f"org_load_{number}") // 3, id)
    return [found[quarter] for quarter in sorted(found)]


async def _founded(up: RunningInstance, http: httpx.AsyncClient, id: str) -> StoryOrganization:
    asked = {"id": id, "name": "Old Mill", "admin_name": "Ada Admin", "admin_subject": "admin"}
    headers = {"Authorization": f"Bearer {up.issuer.service_token()}"}
    (await http.post(f"{up.instance.urls['goals']}/v1/organizations", json=asked, headers=headers)).raise_for_status()
    org = StoryOrganization(up, http, id)
    await org.begin()
    await org.admin.do("setPolicy", "policy { graceDays }", {"graceDays": 0})
    return org


async def _thread(org: StoryOrganization) -> dict[str, Any]:
    """Units, the purpose, whys, objectives with key results, and links in several states."""
    sales, lea = await org.led("Sales", "lea")
    technology, ira = await org.led("IT", "ira", "TECHNOLOGY")
    await org.purpose("Everybody has bread")
    why = await org.why("Bread that keeps", audience=[org.root, sales, technology])
    shop = await org.objective("The shop sells online", sales, lea, linkTo={"parent": why, "because": "it is near"})
    await org.accept(shop, "room on the front page")
    store = await org.objective("The store answers in a second", technology, ira)
    link = {"child": store, "parent": shop, "because": "nobody waits for bread"}
    proposed = await ira.do("link", "link { id }", link)
    result = {"measures": shop, "keyResult": {"title": "Orders a day", "startValue": 0, "targetValue": 200}}
    added = await lea.do("addKeyResult", "keyResult { id }", result)
    for value in (20, 45):
        await lea.do("checkIn", "checkIn { id }", {"keyResult": added["keyResult"]["id"], "value": value, "note": "ok"})
    cycle = {"name": "Q1 2027", "startsOn": "2027-01-01", "endsOn": "2027-03-31"}
    await org.admin.do("openCycle", "cycle { id }", cycle)
    answer = {"why": why, "version": 1, "unit": sales, "statement": "We sell what keeps"}
    await lea.do("answerWhy", "answer { id }", answer)
    return {"sales": sales, "why": why, "shop": shop, "proposed": proposed["link"]["id"]}


async def _people(org: StoryOrganization) -> dict[str, Any]:
    """An invitation that waits, a service account, and somebody who left and was erased."""
    invited = await org.admin.do("invitePerson", "person { id }", {"name": "Nina", "email": "nina@example.org"})
    await org.admin.do("createServiceAccount", "serviceAccount { id }", {"name": "Robot", "subject": "robot"})
    gone = await org.admin.do("addPerson", "person { id }", {"name": "Erased Eric", "subject": "eric", "roles": []})
    person = {"person": gone["person"]["id"]}
    await org.admin.do("removePerson", "person { id }", person)
    await org.admin.do("erasePerson", "person { id }", person)
    return {"invited": invited["person"]["id"], "erased": person["person"]}


async def _webhook_and_alerts(
    org: StoryOrganization, receiver: WebhookReceiver, story: dict[str, Any]
) -> dict[str, Any]:
    """A webhook, an alert that is open, one that is acknowledged and one that is resolved; and whys for later ones."""
    hook = await org.admin.do("addWebhook", "webhook secret", {"url": receiver.url})
    whys = [await org.why(name) for name in ("To stay open", "To be acknowledged", "To be resolved")]
    goals = [await _served(org, why) for why in whys]
    for why in whys:
        await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    raised = await org.alerts(lambda all: set(whys) <= _subjects(all))
    alerts = {each["subject"]["id"]: each["id"] for each in raised}
    note = {"alert": alerts[whys[1]], "note": "we look for another why"}
    await org.admin.do("acknowledgeAlert", "alert { id }", note)
    await org.admin.do("archiveObjective", "objective { id }", {"objective": goals[2]})
    later = [await org.why(f"Of stage {number}") for number in range(STAGES)]
    for why in later:
        await _served(org, why)
    await org.alerts(lambda all: whys[2] not in _subjects(all))
    return {"secret": hook["secret"], "alerts": alerts, "stages": later}


async def _served(org: StoryOrganization, why: str) -> str:
    """An objective below a why, by whoever leads both sides: the link is accepted at once."""
    return await org.objective(f"Serves {why}", org.root, linkTo={"parent": why, "because": "it is so"})


def _subjects(alerts: list[dict[str, Any]]) -> set[str]:
    return {each["subject"]["id"] for each in alerts}


async def _imported(org: StoryOrganization) -> dict[str, Any]:
    """A plan that was imported; what the import remembers of it knows it again."""
    unit = await org.unit("Bakery")
    input = {"source": "bakery", "content": PLAN.format(title="Bake at night"), "format": "OKR_SHEET", "unit": unit}
    payload = await org.admin.do("importPlan", "created", input)
    assert payload["created"] > 0
    return {"plan": input}


async def _listening(org: StoryOrganization, story: dict[str, Any]) -> dict[str, Any]:
    """A question with an answer, and what a customer said."""
    asked = {"about": story["why"], "body": "Which bread?", "unit": org.root}
    question = await org.client("lea").do("askQuestion", "question { id }", asked)
    answer = {"question": question["question"]["id"], "body": "All of it"}
    await org.admin.do("answerQuestion", "question { id }", answer)
    feedback = {"source": "shop", "body": "It was dry", "about": [story["shop"]]}
    await org.admin.do("recordFeedback", "feedback { id }", feedback)
    return {"question": question["question"]["id"]}


async def _command_under_a_key(org: StoryOrganization) -> dict[str, Any]:
    """A command whose answer is kept, and the answer."""
    input = {"title": "Made once", "owners": [org.root], "idempotencyKey": "release-before"}
    return {"command": input, "answer": await org.admin.do("createObjective", "revision objective { id }", input)}


async def _deleted(up: RunningInstance, http: httpx.AsyncClient) -> str:
    """An organization that was deleted."""
    org = await _founded(up, http, "org_deleted")
    await org.purpose("To be gone")
    token = up.issuer.person_token("admin", org.id, administers=True)
    url = up.said["graphql"].replace("/graphql", f"/organizations/{org.id}")
    headers = {"Authorization": f"Bearer {token}"}
    (await http.request("DELETE", url, json={"name": "Old Mill"}, headers=headers)).raise_for_status()
    return org.id


async def _settled(org: StoryOrganization, receiver: WebhookReceiver, story: dict[str, Any]) -> None:
    """Wait until all is judged and delivered: what is dumped then is the same every time."""
    await org.verdict(story["shop"])
    document = "{ webhooks { pending delivered } }"
    await org.admin.until(document, lambda d: d["webhooks"][0]["pending"] == 0 and len(receiver.got) >= 5)
