"""What we say, in English. It tells that something happened, never what it was.

Each kind: ``subject`` and ``body`` (paragraphs) of the mail, the ``button`` on it, and ``text``
for the phone. In braces stand plain values only; ``{link}`` is where the button leads.
"""

WORDS = {
    "invitation": {
        "subject": "Set up your account at {practice}",
        "body": [
            "{practice} has made a safe place online for your health care.",
            "You can see your results, book visits and write to us there. "
            "Setting it up takes about 5 minutes.",
            "Your set-up code is {code}. It works until {expires_day}. "
            "We will also ask for your birth date.",
            "If you do not want an account, you can delete this mail. Or call us at {phone}.",
        ],
        "button": "Set up my account",
        "text": "{practice}: set up your account. Code {code}, good until {expires_day}. {link}",
    },
    "staff_invitation": {
        "subject": "Your work account at {practice}",
        "body": [
            "{practice} has made an account for you, to work in the patient portal.",
            "Choose a password to begin. The button works once, until {expires_day}.",
            "Do not send this mail on. Who has it can get into your account.",
            "If you do not work at {practice}, call us at {phone}.",
        ],
        "button": "Choose my password",
        "text": "{practice}: your work account is ready. Choose a password by {expires_day}. "
        "{link} Not for you? Call {phone}.",
    },
    "welcome": {
        "subject": "Your account at {practice} is ready",
        "body": [
            "Your account is ready. You can sign in at any time.",
            "If you did not set up this account, call us right away at {phone}.",
        ],
        "button": "Go to my account",
        "text": "{practice}: your account is ready. {link}",
    },
    "account_locked": {
        "subject": "Sign-in to your account at {practice} is on hold",
        "body": [
            "Someone tried to sign in to your account too many times with a wrong password "
            "or code.",
            "To keep you safe, no one can sign in until {until}. Then you can try again.",
            "If this was not you, call us at {phone}.",
        ],
        "button": "Go to sign in",
        "text": "{practice}: sign-in to your account is on hold until {until}. "
        "Not you? Call {phone}.",
    },
    "sign_in_changed": {
        "subject": "How you sign in at {practice} was changed",
        "body": [
            "How you sign in to your account was changed just now.",
            "If this was you, you do not need to do a thing.",
            "If this was not you, call us right away at {phone}.",
        ],
        "button": "Go to sign in",
        "text": "{practice}: how you sign in was changed. Not you? Call {phone}. {link}",
    },
    "sign_in_code": {
        "subject": "Your code to sign in at {practice}",
        "body": [
            "Your code is {code}. It works until {until}.",
            "Do not tell it to anyone. We will never call you to ask for it.",
        ],
        "button": "Go to sign in",
        "text": "{practice}: your code is {code}. It works until {until}. "
        "Do not tell it to anyone.",
    },
    "recovery": {
        "subject": "Choose a new password at {practice}",
        "body": [
            "You can choose a new password for your account. The button works once, until {until}.",
            "Do not send this mail on. Who has it can get into your account.",
            "If you did not ask for this, you do not need to do a thing. "
            "Your password stays as it is.",
        ],
        "button": "Choose a new password",
        "text": "{practice}: choose a new password. It works once, until {until}. {link} "
        "Did you not ask? Do nothing.",
    },
    "password_reset": {
        "subject": "Your password at {practice} was changed",
        "body": [
            "The password of your account was changed just now. You were signed out everywhere.",
            "If this was you, you can sign in with the new one.",
            "If this was not you, call us right away at {phone}.",
        ],
        "button": "Go to sign in",
        "text": "{practice}: your password was changed. Not you? Call {phone}. {link}",
    },
    "access_reset": {
        "subject": "Your password at {practice} was changed",
        "body": [
            "The password of your account was changed just now, with a code that we gave out.",
            "You were signed out everywhere. If you had a second step, it is off now. "
            "You can turn it on again in your settings.",
            "If this was not you, call us right away at {phone}.",
        ],
        "button": "Go to sign in",
        "text": "{practice}: your password was changed with a code that we gave out. "
        "Not you? Call {phone}. {link}",
    },
    "visit_booked": {
        "subject": "Your visit at {practice} is booked",
        "body": [
            "Your visit is on {day} at {time}.",
            "Where: {place}",
            "We added a file to this mail. Open it to put the visit in your calendar.",
            "If you need to change it, sign in or call us at {phone}.",
        ],
        "button": "See my visit",
        "text": "{practice}: your visit is on {day} at {time}, {short_place}. To change it: {link}",
    },
    "visit_cancelled": {
        "subject": "Your visit at {practice} is canceled",
        "body": [
            "Your visit on {day} at {time} is canceled.",
            "To book a new time, sign in or call us at {phone}.",
        ],
        "button": "Book a new visit",
        "text": "{practice}: your visit on {day} at {time} is canceled. New time: {link}",
    },
    "visit_reminder": {
        "subject": "Your visit at {practice} is coming up",
        "body": [
            "You have a visit on {day} at {time}.",
            "Where: {place}",
            "If you cannot come, sign in or call us at {phone}, so that we can help you find "
            "a new time.",
        ],
        "button": "See my visit",
        "text": "{practice}: you have a visit on {day} at {time}, {short_place}. "
        "Cannot come? {link}",
    },
    "result_released": {
        "subject": "You have a new test result at {practice}",
        "body": ["You have a new test result. Sign in to see it."],
        "button": "See my result",
        "text": "{practice}: you have a new test result. Sign in to see it: {link}",
    },
    "result_commented": {
        "subject": "You have a new note from your care team at {practice}",
        "body": ["Your care team wrote you a note about a test result. Sign in to read it."],
        "button": "Read the note",
        "text": "{practice}: you have a new note from your care team. Sign in to read it: {link}",
    },
    "message_received": {
        "subject": "You have a new message at {practice}",
        "body": ["You have a new message. Sign in to read it."],
        "button": "Read my message",
        "text": "{practice}: you have a new message. Sign in to read it: {link}",
    },
    "request_received": {
        "subject": "We got your request at {practice}",
        "body": [
            "We got your request. We plan to answer by {due_day}.",
            "If you cannot wait that long, call us at {phone}.",
        ],
        "button": "See my request",
        "text": "{practice}: we got your request. We plan to answer by {due_day}. {link}",
    },
    "request_updated": {
        "subject": "There is news on your request at {practice}",
        "body": ["There is news on your request. Sign in to see it."],
        "button": "See my request",
        "text": "{practice}: there is news on your request. Sign in to see it: {link}",
    },
    "statement_issued": {
        "subject": "You have a new bill at {practice}",
        "body": [
            "You have a new bill. It is due by {due_day}.",
            "Sign in to see it and to pay. If you have a question, call us at {phone}.",
        ],
        "button": "See my bill",
        "text": "{practice}: you have a new bill. Sign in to see it: {link}",
    },
    "payment_succeeded": {
        "subject": "Thank you for your payment to {practice}",
        "body": [
            "We got your payment of {amount} on {paid_day}.",
            "{card_line}",
            "This mail is your receipt. You can also see it when you sign in.",
        ],
        "button": "See my bill",
        "text": "{practice}: we got your payment of {amount}. Thank you. {link}",
    },
    "payment_failed": {
        "subject": "Your payment to {practice} did not go through",
        "body": [
            "Your payment did not go through. You were not charged.",
            "You can try again with the same card or with a new one. "
            "Or call us at {phone} and we will help.",
        ],
        "button": "Try again",
        "text": "{practice}: your payment did not go through. You can try again: {link}",
    },
}

COMMON = {
    "why": "You get this mail because you are a patient of {practice}.",
    "why_staff": "You get this mail because you work at {practice}.",
    "call": "Questions? Call us at {phone}.",
    "emergency": "If this is an emergency, call 911.",
    "link_help": "If the button does not work, copy this address:",
    "no_reply": "No one reads answers to this mail. Sign in to write to us.",
    "stop": "Stop mail of this kind",
    "card_line": "Card that ends in {last_four}.",
    "visit": "Visit at {practice}",
    "video": "Video visit. Sign in to join.",
    "phone_visit": "By phone. We will call you.",
    "video_short": "by video",
    "phone_short": "by phone",
}
