"""The second half of the demo for a reader: telling and listening, printed from what was read back."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.demo import alignment_printer, dialogues
from goldenthread.cli.demo.alignment_printer import owner_names

_WIDTH = 24
_SETTLED = {
    "AGREED": "agreed",
    "AMENDED": "the why was amended",
    "DISAGREE_AND_COMMIT": "they disagree, and commit",
}
_OUTCOMES = {"HEARD": "heard", "ACTED_ON": "acted on", "NOT_NOW": "not now"}


class DemoPrinter(alignment_printer.AlignmentPrinter):
    """Prints all scenes: the first half, then this one."""

    def printers(self) -> dict[str, Callable[[], None]]:
        """What is printed once the document of this name was answered."""
        return super().printers() | {
            "told": self._told,
            "question": self._question,
            "carried": self._carried,
            "reciprocity": self._kept,
            "customer": self._customer,
            "siloAlerts": self._silo,
            "siloResolved": self._healed,
        }

    def _told(self) -> None:
        why = self.answers["told"]["node"]
        self.title(f"A question that changes a why: “{why['title']}”")
        self.quote(Text(why["statement"], style="italic"))
        for answer in why["answers"]["nodes"]:
            self._answer(answer)

    def _question(self) -> None:
        asked = self.answers["question"]["node"]
        said, ended, why = asked["answers"][0], asked["settlement"], asked["about"]
        self.say(f"That asks a question by itself. {said['by']['name']} answers it, and revises the why:")
        self.quote(Text(said["body"]))
        self.say(f"Version {why['version']} of “{why['title']}”:")
        self.quote(Text(why["statement"], style="italic"))
        self.say(
            f"{ended['by']['name']} settles the question: {_SETTLED[ended['kind']]} "
            f"(version {ended['resultingVersion']}). “{ended['note']}”"
        )

    def _carried(self) -> None:
        why = self.answers["carried"]["node"]
        self.title("The amended why travels, level by level")
        self.console.print()
        self.console.print(Text(f"level 0  {owner_names(why)} says it"))
        for level in why["cascade"]["byLevel"]:
            full = round(_WIDTH * level["answered"] / level["addressed"]) if level["addressed"] else 0
            bar = Text.assemble(("█" * full, "green"), ("░" * (_WIDTH - full), "dim"))
            self.console.print(
                Text.assemble(f"level {level['depth']}  ", bar, f"  {level['answered']}/{level['addressed']} answered")
            )
        answers = {each["unit"]["name"]: each for each in why["answers"]["nodes"]}
        self.say(f"“{why['title']}”, as it reached {dialogues.UNITS_READ_ALOUD[-1]}:")
        for name in dialogues.UNITS_READ_ALOUD:
            self._answer(answers[name])
        for each in answers.values():
            if each["stance"] == "NO_PART":
                self.say(f"{each['unit']['name']} has no part in it, says so, and owes nothing:")
                self.quote(Text(each["statement"]))
        silent = [each for each in why["cascade"]["silent"] if each["stage"] == "NOT_ANSWERED"]
        if silent:
            names = ", ".join(each["unit"]["name"] for each in silent)
            self.say(f"Silent so far, and seen to be: {names}.", "dim")

    def _answer(self, answer: Data) -> None:
        sign, colour = ("✗", "yellow") if answer["stance"] == "DISAGREES" else ("↳", "green")
        unit = answer["unit"]
        self.say(Text.assemble((f"{sign} ", colour), (unit["name"], "bold"), f" ({unit['lead']['name']}):"))
        self.quote(Text(answer["statement"]))

    def _kept(self) -> None:
        goal, link = self.answers["kept"]["objective"], self.answers["kept"]["link"]
        pair = self.answers["reciprocity"]["node"]["reciprocity"][0]
        self.title("A promise in return, and whether it was kept")
        self.say(f"{owner_names(goal)} closed “{goal['title']}”: {goal['outcome']['note']}")
        self.say(f"{owner_names(link['parent'])} had promised in return:")
        self.quote(Text(link["inReturn"], style="italic"))
        self.say(Text.assemble(f"Kept, says {owner_names(goal)}: ", (link["kept"], "bold green")))
        self.say(
            f"{pair['unit']['name']} to {pair['other']['name']} in all: {pair['linksProposed']} proposed, "
            f"{pair['linksAccepted']} accepted, promises kept {pair['promisesKept']}, broken {pair['promisesBroken']}; "
            f"balance {pair['balance']:.2f} (1 is mutual).",
            "dim",
        )

    def _customer(self) -> None:
        heard = self.answers["customer"]["node"]
        response, goal = heard["responses"][0], heard["about"][0]
        self.title("A customer's complaint, and its answer")
        self.say(f"{heard['source']} ({heard['segment']}), about “{goal['title']}” of {owner_names(goal)}:")
        self.quote(Text(heard["body"], style="italic"))
        self.say(f"{response['unit']['name']} ({response['by']['name']}): {_OUTCOMES[response['outcome']]}.")
        self.quote(Text(response["body"]))

    def _silo(self) -> None:
        (silo,) = (each for each in self.answers["silos"]["silos"] if each["unit"]["name"] == dialogues.SILO_UNIT)
        self.title("A silo, and how it heals")
        self.say(
            "Evidence counts once it has lasted for days; so that it shows today, the policy waits for none.", "dim"
        )
        self.say(Text.assemble((silo["unit"]["name"], "bold"), " is a silo:"))
        self.quote(*(Text.assemble((f"{each['kind']}  ", "bold red"), each["detail"]) for each in silo["evidence"]))
        for alert in self.answers["siloAlerts"]["alerts"]["nodes"]:
            if alert["subject"]["id"] == silo["unit"]["id"]:
                unit = alert["addressee"]
                self.say(f"The alert that reached {unit['name']} ({unit['lead']['name']}):")
                self.quote(Text(f"Next step: {alert['nextStep']}", style="bold"))

    def _healed(self) -> None:
        asked, left = self.answers["heard"]["node"], self.answers["silosLeft"]["silos"]
        (said,) = asked["answers"]
        asker, about = asked["unit"], asked["about"]
        self.say(
            f"{asker['name']} ({asker['lead']['name']}) had asked about “{about['title']}” of {owner_names(about)}:"
        )
        self.quote(Text(asked["body"], style="italic"))
        self.say(f"{said['by']['name']} answers at last:")
        self.quote(Text(said["body"]))
        healed = all(each["unit"]["name"] != dialogues.SILO_UNIT for each in left)
        words = "is a silo no more" if healed else "is a silo still"
        resolved = self.answers["siloResolved"]["alerts"]["nodes"]
        alerts = sum(each["subject"]["id"] == asker["id"] for each in resolved)
        ended = (f"{dialogues.SILO_UNIT} {words}", "bold green" if healed else "bold red")
        self.say(Text.assemble(ended, f"; alerts resolved: {alerts}."))
