"""What goals keeps of a person, and its erasure: the one place that a new table with personal data is added to.

`tests/integration/goals/erasure` looks for an erased person in every table of every database.
"""

from __future__ import annotations

from goldenthread.contracts.read_api import PersonName
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.postgres.database import UNLIMITED_TRANSACTION, Connection
from services.goals.erasure import import_memory, kept_answers
from services.goals.erasure.personal_texts import PersonalTexts
from services.goals.stores import erasures_store, installation_store, invitations_store, names_store
from services.goals.stores.erasures_store import Erasure


async def erase(connection: Connection, erasure: Erasure, named: PersonName | None) -> None:
    """Erase what is kept of a person, and log it: in the transaction of their `person.erased`, under the locks of
    imports and of the organization. `named` is what is kept of them in the table of names.
    """
    organization, person = erasure.organization, erasure.person
    await connection.execute(UNLIMITED_TRANSACTION)  # imports may remember millions of rows, and each is looked at
    await names_store.erase_name(connection, organization, person)
    await invitations_store.delete(connection, organization, person)
    await answers_store.erase_inputs(connection, organization, person)
    if named is not None:
        texts = PersonalTexts(named)
        await kept_answers.erase(connection, organization, named, texts)
        await import_memory.erase(connection, organization, texts)
        await installation_store.erase_login(connection, organization, named.login)
    # Sessions are deleted here as well, when there are some.
    await erasures_store.put_erasure(connection, erasure)
