"""What is in an export, as the file README.txt in it says."""

from __future__ import annotations

README = """Everything of an organization in Golden Thread.

Each line of a .jsonl file is a JSON object; a .json file has one object. Times are UTC, ids are as in the API.

export.json             the organization, and the revision of goals up to which everything from goals is
events.jsonl            everything that happened, in order, as CloudEvents 1.0: goals, links, reasons, answers,
                        questions, roles, policy. Applied in order, they give the organization as it is. `actor` is a
                        person's id
organization.json       the organization and its policy
people.jsonl            what people are called, their e-mail addresses and logins (`issuer` and `subject`), by id
import-files.jsonl      which files were imported, when, and by whom
import-rows.jsonl       what each row of an imported file said when it was last taken, and the goal that it became
import-names.jsonl      which units the names in a file mean
import-words.jsonl      what the words of a file's columns and types mean
notifications.json      the revision of goals that the alerts follow from
alerts.jsonl            every alert with its state
acknowledgements.jsonl  who has seen which alert
deliveries.jsonl        which messages were sent to webhooks, and what became of them
webhooks.jsonl          where alerts are delivered to. Their secrets are not in here

All files up to import-words.jsonl are of one moment, that of export.json; events.jsonl ends there, too. The other files
were read about then. Verdicts and figures are not in here: they follow from the events.
"""
