"""The demo for a reader: what was read back, in scenes; those of the first half, and how any scene is printed.

Colours, and lines of at most 100 columns, on a terminal; plain text and lines as long as they are anywhere else.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.goals import tree_drawing

_WIDEST = 100
_STATES = {"ALIGNED": "aligned", "UNEXPLAINED": "unexplained", "ORPHANED": "orphaned"}


class AlignmentPrinter:
    """Prints scenes on stdout, numbered, as they are played. `answers` is everything that was read back so far."""

    def __init__(self) -> None:
        self.console: Console = output.stdout()
        if output.is_terminal():
            self.console.width = min(self.console.width, _WIDEST)
        self.answers: Data = {}
        self._scene = 0
        self._retired = 0.0

    def print_scene(self, name: str, data: Data) -> None:
        """Print a scene, once everything it needs was read back."""
        self.answers[name] = data
        self.printers().get(name, lambda: None)()

    def printers(self) -> dict[str, Callable[[], None]]:
        """What is printed once the document of this name was answered."""
        return {
            "company": self._company,
            "tree": self._tree,
            "breaks": self._breaks,
            "promises": self._thread,
            "dryRun": self._what_if,
            "retired": self._retire,
            "served": self._orphans,
            "alert": self._alert,
            "alerts": self._listed,
        }

    def _company(self) -> None:
        told = self.answers["company"]
        policy = told["organization"]["policy"]
        self.console.print(Text(told["organization"]["name"], style="bold yellow"))
        self.console.print(
            Text(
                f"{told['units']['totalCount']} units, {told['people']['totalCount']} people, revision "
                f"{told['organization']['revision']}. Links are {policy['linkPolicy']}; an objective without one is a "
                f"reason to {policy['alignmentRequired']}. All that follows was read back through GraphQL.",
                style="dim",
            )
        )

    def _tree(self) -> None:
        tree = self.answers["tree"]["goalTree"]
        self.title("The goal tree, with a verdict on every goal")
        found = Counter(node["alignment"]["state"] for node in tree["nodes"])
        counts = Text(f"{len(tree['nodes'])} goals")
        for state, words in _STATES.items():
            sign, colour = tree_drawing.STATE_SIGNS[state]
            counts.append("   ").append(f"{sign} {found[state]} {words}", style=colour)
        self.say(counts)
        for each in tree_drawing.goal_trees(tree):
            self.console.print()
            self.console.print(each)

    def _breaks(self) -> None:
        """The broken threads of the tree, each with whose turn it is."""
        broken = self.answers["breaks"]["objectives"]["nodes"]
        self.say("What would mend them, and who is to move:")
        for node in broken:
            sign, colour = tree_drawing.STATE_SIGNS[node["alignment"]["state"]]
            self.console.print(Text.assemble((f"{sign} ", colour), node["alignment"]["nextStep"]))

    def _thread(self) -> None:
        node, promised = self.answers["thread"]["node"], self.answers["promises"]["node"]
        owner = promised["owners"][0]
        self.title("One golden thread, read aloud")
        self.say(f"{owner['lead']['name']}, who leads {owner['name']}, asks: why “{node['title']}”?")
        self.quote(*map(Text, node["alignment"]["aloud"].splitlines()))
        for hop in promised["alignment"]["lineOfSight"]:
            link = hop["link"]
            if link and link["inReturn"]:
                giver = link["parent"]["owners"][0]["name"]
                self.say(f"In return for “{link['child']['title']}”, {giver} promised:")
                self.quote(Text(link["inReturn"], style="italic"))

    def _what_if(self) -> None:
        impact = self.answers["dryRun"]["retireWhy"]["impact"]
        self.title(f"What if we retired “{self.answers['why']['node']['title']}”?")
        self.say(f"{self._chief()} tries it with `dryRun`; nothing is changed.")
        self._goals("Would be orphaned", "ORPHANED", impact["orphaned"])
        self._goals("Would lose their why", "UNEXPLAINED", impact["unexplained"])
        self._goals("Would be mended", "ALIGNED", impact["mended"])

    def _retire(self) -> None:
        self._retired = time.monotonic()
        payload = self.answers["retired"]["retireWhy"]
        why = payload["why"]
        self.title("The retirement")
        self.say(
            f"{self._chief()} retires it all the same: “{why['title']}” of {owner_names(why)} is {why['state']} "
            f"since revision {payload['revision']}."
        )

    def _orphans(self) -> None:
        """Whom it orphaned, and who is held by another thread."""
        why, kept = self.answers["retired"]["retireWhy"]["why"], self.answers["served"]["node"]
        nodes = self.answers["orphans"]["objectives"]["nodes"]
        lost = [node for node in nodes if (node["alignment"]["lostParent"] or {}).get("id") == why["id"]]
        self.title("The goals it orphans")
        self.console.print()
        for node in lost:
            line = Text.assemble(("○ ", "red"), node["title"], (f"  {owner_names(node)}", "dim"))
            if node["alignment"]["brokenAt"]["id"] == node["id"]:
                line.append(f"  {node['alignment']['cause']}: the thread ends here", style="red")
            self.console.print(line)
        held = [each["child"] for each in kept["children"]["nodes"]]
        aligned = [each for each in held if each["alignment"]["state"] == "ALIGNED"]
        self._goals("Hung on it too, but held by another thread", "ALIGNED", aligned)
        if len(nodes) > len(lost):
            self.say(f"{len(nodes) - len(lost)} more were orphaned before, each for a reason of its own.", "dim")

    def _alert(self) -> None:
        alert = self.answers["alert"]["alertChanged"]
        unit = alert["addressee"]
        lead = unit["lead"]["name"] if unit["lead"] else "no lead"
        self.title("The alert that reached the silent side")
        waited = math.ceil((time.monotonic() - self._retired) * 1000)
        self.say(f"{unit['name']} ({lead}) heard it over the websocket {waited} ms after the retirement was done:")
        self.quote(
            Text.assemble((alert["kind"], "bold red"), (f"  {alert['cause']}  {alert['affected']} goals", "red")),
            Text(alert["message"]),
            Text(f"Next step: {alert['nextStep']}", style="bold"),
        )

    def _listed(self) -> None:
        found = self.answers["alerts"]["alerts"]["nodes"]
        self.say(f"Alerts of the unit that are open now: {len(found)}.", "dim")

    def _chief(self) -> str:
        return str(self.answers["viewer"]["viewer"]["person"]["name"])

    def title(self, title: str) -> None:
        """The heading of the next scene."""
        self._scene += 1
        self.console.print()
        self.say(Text.assemble((f"{self._scene}  ", "bold yellow"), (title, "bold")))

    def say(self, text: str | Text, style: str = "") -> None:
        """A paragraph, with air above it."""
        self.console.print()
        self.console.print(text if isinstance(text, Text) else Text(text, style=style))

    def quote(self, *texts: Text) -> None:
        """Texts beside a golden line, wrapped where there is a width."""
        self.console.print()
        for text in texts:
            for line in text.wrap(self.console, self.console.width - 2):
                line.rstrip()
                self.console.print(Text.assemble(("┃ ", "yellow"), line), soft_wrap=True)

    def _goals(self, what: str, state: str, goals: Iterable[Data]) -> None:
        found = list(goals)
        if not found:
            return
        sign, colour = tree_drawing.STATE_SIGNS[state]
        self.say(f"{what}: {len(found)}", colour)
        for goal in found:
            kind = "key result" if goal["__typename"] == "KeyResult" else owner_names(goal)
            self.console.print(Text.assemble((f"{sign} ", colour), goal["title"], (f"  {kind}", "dim")))


def owner_names(goal: Data) -> str:
    """The owning units of a goal by name."""
    return ", ".join(owner["name"] for owner in goal["owners"])
