"""What the people of Merrow Valley Rail say to each other in the second half of the demo: telling and listening."""

from __future__ import annotations

from typing import NamedTuple

from goldenthread.contracts.enums import AnswerStance, FeedbackOutcome, Kept, Sentiment


class UnitAnswer(NamedTuple):
    """What a unit says a why means for it."""

    unit: str
    statement: str
    stance: AnswerStance = AnswerStance.TAKES_PART


WHY = "A railway everybody can board"
"""The why that is told, doubted, mended and carried down."""

FIRST_ANSWERS = (
    UnitAnswer("Passenger Services", "We count boarding by who needed no help, not by how many ramps we laid."),
    UnitAnswer(
        "Train Crew",
        "Forty of our trains still have a step. Whoever presses the button and waits for us has asked a favour, "
        "whatever we call it.",
        AnswerStance.DISAGREES,
    ),
)
REPLY_TO_DOUBT = (
    "You are right: as long as there is a step, the button is a favour. We say what we do until it is gone."
)
AMENDED_STATEMENT = (
    "Wheels, prams, white sticks, sore knees: whoever stands on the platform gets on. Nobody has to ask; until every "
    "train is level, the crew comes without being called."
)
SETTLEMENT_NOTE = "That we can do, and we say so on every train."
REAFFIRMED = ("Board without asking for help", "Help points answered by a person", "An app that speaks")
"""The goals that serve the why directly: their units say again that they do, now that it reads otherwise."""

ANSWERS_TO_AMENDED = (
    UnitAnswer("Passenger Services", "Until the last step is gone we count who did not have to ask."),
    UnitAnswer(
        "Timetable",
        "We decide when a train leaves, not who gets on. The minute a ramp takes is in our plan already.",
        AnswerStance.NO_PART,
    ),
    UnitAnswer("Technology", "Every screen and every voice of ours says where the wide door will stop."),
    UnitAnswer("Train Crew", "At every stop with a step one of us stands at the wide door before it opens."),
    UnitAnswer("Stations", "Whoever is on the platform is seen from the gate on; the crew hears of it ahead."),
    UnitAnswer("Passenger Apps", "The app tells the crew who waits where, so that nobody has to."),
)
UNITS_READ_ALOUD = ("Passenger Services", "Train Crew")
"""The units whose answers are read aloud below the why, the upper one first."""

CLOSED_OBJECTIVE = "The roster on the phone, not on the wall"
"""The objective that is closed, and on whose link something was promised in return."""
PROMISING_OBJECTIVE = "Rosters known four weeks ahead"
KEPT = Kept.YES
GRADE = 1.0
CLOSING_NOTE = "The whole crew reads it on the phone; the paper in the depot came off the wall."

COMPLAINT = "The train had moved to platform four. The board knew it; my phone knew it when the train was gone."
COMPLAINT_FROM = "Letter to the station at Hallow"
COMPLAINT_ABOUT = "Platform changes on the phone in ten seconds"
COMPLAINT_TAKEN_BY = "Stations"
SEGMENT = "Commuters"
SENTIMENT = Sentiment.NEGATIVE
RESPONSE = "It took the message fifty-two seconds. It now leaves with the dispatcher's click; please try us again."
OUTCOME = FeedbackOutcome.ACTED_ON

SILO_UNIT = "Finance"
SILO_QUESTION = "Which of the forty-one kinds of ticket go in March? We cannot plan the year without knowing."
SILO_ABOUT = "Fill the trains between nine and three"
SILO_ANSWER = "Seventeen go in March, the list is with you today; the other eighteen follow by summer."
