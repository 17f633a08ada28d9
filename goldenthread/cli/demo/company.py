"""Merrow Valley Rail, a company that does not exist: what a sheet of goals cannot say about it.

The goals are in `company.csv`. Here are the units and who leads them, what the units have to say to each other about
links that the sheet leaves open, and what happened since: readings, and a why that was revised.
"""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from goldenthread.contracts.enums import ProgressStatus, UnitFunction

NAME = "Merrow Valley Rail"
SOURCE = "merrow-valley-rail"
CHIEF = "Maren Holt"


class CompanyUnit(NamedTuple):
    """A unit below `above` (the root without one), and the name of its lead."""

    name: str
    function: UnitFunction
    lead: str
    above: str | None = None


class LinkProposal(NamedTuple):
    """A link one unit proposes to another, and how the other answers it; without an answer it waits for one.

    `given` is what the parent's side gives in return: at once, or (`countered`) as new terms that the child's side
    then accepts.
    """

    child: str
    parent: str
    because: str
    given: str | None = None
    countered: bool = False
    declined: str | None = None


class KeyResultReading(NamedTuple):
    """Where a key result stands now, by its unit's lead."""

    key_result: str
    value: float
    confidence: float
    status: ProgressStatus
    note: str


UNITS = (
    CompanyUnit("Passenger Services", UnitFunction.BUSINESS, "Tomas Adeyemi"),
    CompanyUnit("Stations", UnitFunction.BUSINESS, "Elif Brandt", "Passenger Services"),
    CompanyUnit("Train Crew", UnitFunction.BUSINESS, "Jonas Pryce", "Passenger Services"),
    CompanyUnit("Timetable", UnitFunction.BUSINESS, "Wen Castellan"),
    CompanyUnit("Fleet", UnitFunction.BUSINESS, "Ruta Malik"),
    CompanyUnit("Technology", UnitFunction.TECHNOLOGY, "Priya Lindqvist"),
    CompanyUnit("Passenger Apps", UnitFunction.TECHNOLOGY, "Sam Okoye", "Technology"),
    CompanyUnit("Data & Forecasting", UnitFunction.TECHNOLOGY, "Noor Haddad", "Technology"),
    CompanyUnit("Operations Systems", UnitFunction.TECHNOLOGY, "Beatriz Kovac", "Technology"),
    CompanyUnit("People", UnitFunction.SHARED_SERVICES, "Hanne Moreau"),
    CompanyUnit("Finance", UnitFunction.SHARED_SERVICES, "Callum Reyes"),
)

PROPOSALS = (
    LinkProposal(
        "Platform changes on the phone in ten seconds",
        "Every delay explained within two minutes",
        "Seven in ten passengers look at their phone before they look up at the board.",
        given="We write every message once, in plain words, and answer what passengers reply within the hour.",
    ),
    LinkProposal(
        "The roster on the phone, not on the wall",
        "Rosters known four weeks ahead",
        "A roster that hangs in the depot is known on the day its reader is in the depot.",
        given="No new roster rule reaches you with less than a month's notice.",
    ),
    LinkProposal(
        "Level floors on every train",
        "Board without asking for help",
        "Forty of our fifty-eight trains still begin with a step of thirty centimetres.",
        given="Three trains leave the summer timetable, so that you have something to refit.",
    ),
    LinkProposal(
        "A ticket in three taps",
        "Fill the trains between nine and three",
        "Who decides at noon to go out at noon does not queue at a counter first.",
        given="We cut forty-one kinds of ticket to six by summer; you build those six and no others.",
        countered=True,
    ),
    LinkProposal(
        "Forecast a delay before it happens",
        "Connections that wait for each other",
        "A dispatcher who knows ten minutes ahead can still hold the connecting train.",
    ),
    LinkProposal(
        "Badges for collecting stations",
        "Fill the trains between nine and three",
        "Collectors travel when the trains are empty.",
        declined="We asked two hundred passengers, and not one would travel for a badge. Bring us one who would.",
    ),
)

REVISED_WHY = "Pay our own way"
REVISED_STATEMENT = (
    "Fares pay for running the trains, freight pays for the track, and the county pays for what it orders on top."
)
REAFFIRMED = ("Seventy of every hundred from fares", "Fill the trains between nine and three")

READINGS = (
    KeyResultReading(
        "Trains within three minutes", 86.5, 0.6, ProgressStatus.AT_RISK, "Leaves on the line in the gorge."
    ),
    KeyResultReading(
        "Seconds from dispatcher to phone", 35, 0.7, ProgressStatus.ON_TRACK, "The new message bus is in."
    ),
    KeyResultReading(
        "Delays announced within two minutes", 66, 0.8, ProgressStatus.ON_TRACK, "Hallow joined this week."
    ),
    KeyResultReading("Journeys with level boarding", 62, 0.7, ProgressStatus.ON_TRACK, "Two more trains are back."),
    KeyResultReading("Minutes of outage per month", 57, 0.4, ProgressStatus.AT_RISK, "One digger, nineteen minutes."),
)

THREAD_READ_ALOUD = "Arrival times people believe"
"""The objective whose thread is read aloud."""
RETIRED_WHY = "Never leave a passenger guessing"
"""The why whose retirement breaks that thread."""
RETIREMENT_REASON = "The call centre is to carry this from spring on."


def goals_sheet() -> str:
    """The company's goals, as its planning office would send them."""
    return (files("goldenthread.cli.demo") / "company.csv").read_text(encoding="utf-8")


def login_of(name: str) -> str:
    """The `sub` of a person's token."""
    return name.casefold().replace(" ", ".")


def unit_lead(unit: str) -> str:
    """Who leads a unit."""
    return next((each.lead for each in UNITS if each.name == unit), CHIEF)
