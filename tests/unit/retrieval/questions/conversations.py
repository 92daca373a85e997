"""Labelled follow-ups of support conversations at a fictional maker of greenhouse sensors.

Each case: the conversation, user first; the next question; the question as it must stand alone.
The cases of `STANDING_ALONE` come back unchanged whatever was said before.
"""

from __future__ import annotations

LEAVE = (
    "How many days of annual leave do I get in the Utrecht office?",
    "Each full-time employee has 27 days of annual leave per calendar year.",
)
CARRY = (
    "How much annual leave can I carry into next year?",
    "Up to five unused days carry over, until 1 July.",
)
ERROR = (
    "What does ERR-1042 mean?",
    "The carbon dioxide cell was not ready. Remove the battery for 60 seconds.",
)
OVERSEAS = (
    "Which form do I need for a trip overseas?",
    "Use form TR-7, the Overseas Travel Request, and send it to Pieter Hoekstra.",
)
HOTEL = ("How do I claim a hotel night?", "Enter it in Ledgerleaf with a photograph.")
PAIRING = (
    "How do I pair a Canopy C3 with the gateway?",
    "Hold the sensor within one metre of the gateway and press the button for three seconds.",
)
BUYER = ("Who approves purchases above 500 euros?", "Pieter Hoekstra approves them.")
WHICH = ("How do I update the firmware?", "For which product do you need it?")
PRICE = ("What does the Rootline R2 cost for growers?", "It costs 189 euros.")

FOLLOW_UPS: list[tuple[tuple[str, ...], str, str]] = [
    # An elliptic question takes the place of what it contrasts with.
    (LEAVE, "And in Leeds?", "How many days of annual leave do I get in Leeds?"),
    (LEAVE, "in the Leeds office?", "How many days of annual leave do I get in the Leeds office?"),
    (LEAVE, "What about in Leeds?", "How many days of annual leave do I get in Leeds?"),
    (LEAVE, "And how many in Leeds?", "How many days of annual leave do I get in Leeds?"),
    (CARRY, "What about study leave?", "How much study leave can I carry into next year?"),
    (CARRY, "study leave?", "How much study leave can I carry into next year?"),
    (LEAVE, "Und in Leeds?", "How many days of annual leave do I get in Leeds?"),
    (
        LEAVE,
        "I meant the Leeds office",
        "How many days of annual leave do I get in the Leeds office?",
    ),
    (PRICE, "And for resellers?", "What does the Rootline R2 cost for resellers?"),
    (
        PRICE,
        "same for resellers?",
        "What does the Rootline R2 cost for growers? same for resellers?",
    ),
    # Where nothing takes its place, both are kept.
    (LEAVE, "And for part-timers?", f"{LEAVE[0]} And for part-timers?"),
    (HOTEL, "What about train tickets?", f"{HOTEL[0]} What about train tickets?"),
    (HOTEL, "Why?", f"{HOTEL[0]} Why?"),
    (HOTEL, "Until when?", f"{HOTEL[0]} Until when?"),
    (HOTEL, "What is the deadline?", f"{HOTEL[0]} What is the deadline?"),
    (HOTEL, "How long does that take?", f"{HOTEL[0]} How long does that take?"),
    (HOTEL, "Is there a limit?", f"{HOTEL[0]} Is there a limit?"),
    (LEAVE, "How far ahead do I have to ask?", f"{LEAVE[0]} How far ahead do I have to ask?"),
    # Pronouns and their kin.
    (LEAVE, "Can I carry them over?", f"{LEAVE[0]} Can I carry them over?"),
    (LEAVE, "Do contractors get that too?", f"{LEAVE[0]} Do contractors get that too?"),
    (PAIRING, "Can another hall use ours?", f"{PAIRING[0]} Can another hall use ours?"),
    (PAIRING, "What if it fails?", f"{PAIRING[0]} What if it fails?"),
    (PAIRING, "Does it have to be indoors?", f"{PAIRING[0]} Does it have to be indoors?"),
    (
        PAIRING,
        "Can I do this from Trellis Cloud?",
        f"{PAIRING[0]} Can I do this from Trellis Cloud?",
    ),
    (PAIRING, "What is its range?", f"{PAIRING[0]} What is its range?"),
    (PAIRING, "Can I connect a second one?", f"{PAIRING[0]} Can I connect a second one?"),
    (
        HOTEL,
        "Who else may see my receipts?",
        f"{HOTEL[0]} Who else may see my receipts?",
    ),
    (CARRY, "Which of those days lapse first?", f"{CARRY[0]} Which of those days lapse first?"),
    (PAIRING, "How do I check its range?", f"{PAIRING[0]} How do I check its range?"),
    (
        OVERSEAS,
        "Who signs it?",
        f"{OVERSEAS[0]} Who signs it?",
    ),
    (BUYER, "How do I reach him?", f"{BUYER[0]} How do I reach him?"),
    (HOTEL, "Can I use it on my phone?", f"{HOTEL[0]} Can I use it on my phone?"),
    # Troubleshooting, and answers to the assistant's questions.
    (ERROR, "I did that and it still comes back", f"{ERROR[0]} I did that and it still comes back"),
    (ERROR, "Still not working", f"{ERROR[0]} Still not working"),
    (ERROR, "nothing happens", f"{ERROR[0]} nothing happens"),
    (WHICH, "the Canopy C3", f"{WHICH[0]} the Canopy C3"),
    (WHICH, "for our gateways in hall 2", f"{WHICH[0]} for our gateways in hall 2"),
    # A chain: the question before is a follow-up itself; a "thanks" between is nobody's topic.
    (
        (*LEAVE, "And in Leeds?", "There it is 25 days."),
        "Can I carry them over?",
        "How many days of annual leave do I get in Leeds? Can I carry them over?",
    ),
    (
        (*HOTEL, "thanks", "You are welcome."),
        "What about train tickets?",
        f"{HOTEL[0]} What about train tickets?",
    ),
    (
        (*ERROR, "Who is the data protection officer?", "Hanneke Brouwer."),
        "How do I reach her?",
        "Who is the data protection officer? How do I reach her?",
    ),
]

STANDING_ALONE: list[str] = [
    "How many days do they have to decide on a stock adjustment request without signed papers?",
    "How do I start a security review for an IT purchase?",
    "Who is the data protection officer?",
    "How do I reset a Canopy C3 sensor?",
    "Is it possible to work from abroad?",
    "Is it okay to accept a gift from a supplier?",
    "How long does it take to calibrate a sensor?",
    "If my laptop is stolen, who do I report it to?",
    "My badge broke. Where do I get a new one?",
    "When a sensor is silent, does its gateway keep its readings?",
    "Is there a gym in the Utrecht office?",
    "Which holidays are there this year?",
    "Which laptop is best for those who travel?",
    "What is the form that I need for parental leave?",
    "Does it matter if I submit my expenses late?",
    "travel policy 2025",
    "ERR-2008 uplink lost",
    "Wie viele Urlaubstage habe ich?",
    "Does the gateway store its readings when the uplink fails?",
    "What is the deadline for stocktaking?",
    "Do contractors get a badge?",
    "What happens if growers lose their RMA number?",
    "How do I know that a unit is wilted?",
    "Where can I park at the Leeds warehouse?",
]

CLEANED: list[tuple[str, str]] = [
    ("Thanks! Which second factor is accepted?", "Which second factor is accepted?"),
    ("Great, thank you. Who chairs the CCB?", "Who chairs the CCB?"),
    ("By the way, when does the Leeds office move?", "when does the Leeds office move?"),
    ("New question: what is a wilted unit?", "what is a wilted unit?"),
    ("And who approves a sabbatical?", "who approves a sabbatical?"),
    ("Can you tell me what a greenlight is?", "what a greenlight is?"),
]
