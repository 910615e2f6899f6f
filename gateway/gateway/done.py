"""What the next page says after a post: fixed sentences by code, so that no address can put
words on our pages."""

from __future__ import annotations

from gateway.i18n import N_

FLASHES: dict[str, dict[str, str]] = {
    "booked": {
        "title": N_("Your visit is booked."),
        "text": N_("We sent you an email and a text with the details."),
    },
    "cancelled": {
        "title": N_("Your visit is cancelled."),
        "text": N_("We told your care team. You can book another time."),
    },
    "sent": {
        "title": N_("We sent your message."),
        "text": N_("You can see here when we will answer."),
    },
    "refill-asked": {
        "title": N_("We sent your request."),
        "text": N_("You can see here how far it is."),
    },
    "paid": {"title": N_("Thank you. Your payment is in."), "text": N_("We sent you a receipt.")},
    "released": {
        "title": N_("The patient can see this result now."),
        "text": N_("They get an email and a text that say only that a result is there."),
    },
    "commented": {"title": N_("Your comment is with the patient."), "text": ""},
    "invited": {"title": N_("The invitation is on its way."), "text": ""},
    "answered": {
        "title": N_("Your answer is with the patient."),
        "text": N_("They get a note that you replied. It does not say what."),
    },
    "finished": {"title": N_("Finished."), "text": ""},
    "next": {"title": N_("Finished."), "text": N_("This is the next one that is due.")},
    "put-back": {"title": N_("It is back in the queue."), "text": ""},
    "given": {"title": N_("You gave this to a colleague."), "text": ""},
    "moved": {"title": N_("It is with the other team now."), "text": ""},
    "reopened": {"title": N_("It is open again."), "text": ""},
    "noted": {"title": N_("Your note is saved."), "text": N_("Only staff can read it.")},
    "decided": {"title": N_("The patient sees this now."), "text": ""},
    "saved": {"title": N_("Saved."), "text": ""},
    "signed-out-device": {"title": N_("That device is signed out."), "text": ""},
    "code-sent": {
        "title": N_("We sent you a text."),
        "text": N_("The code in it works for 10 minutes."),
    },
    "factor-on": {
        "title": N_("It is on."),
        "text": N_("We sent you an email and signed you out on all other devices."),
    },
    "factor-off": {
        "title": N_("It is off."),
        "text": N_("We sent you an email and signed you out on all other devices."),
    },
    "recovery-used": {
        "title": N_("You used a recovery code."),
        "text": N_("It does not work again. Cross it out on your list."),
    },
    "recovery-low": {
        "title": N_("You have 2 recovery codes left, or fewer."),
        "text": N_("Make new ones in Settings, under Signing in."),
    },
    "sign-in-again": {
        "title": N_("Please sign in again."),
        "text": N_("The time for your code was over, or it was used."),
    },
    "password-new": {
        "title": N_("Your password is changed."),
        "text": N_("We signed you out on all other devices."),
    },
    "password-changed": {"title": N_("Your password is changed. Sign in."), "text": ""},
    "recover-again": {
        "title": N_("Please type your code again."),
        "text": N_("The time was over, or the code was used."),
    },
    "password-chosen": {"title": N_("Your password is set. Sign in."), "text": ""},
    "person-added": {
        "title": N_("The account is made."),
        "text": N_("A link to choose a password is on its way."),
    },
    "person-link": {
        "title": N_("A new link is on its way."),
        "text": N_("The one before does not work any more."),
    },
    "roles-changed": {"title": N_("The roles are changed."), "text": ""},
    "person-left": {
        "title": N_("The account is closed."),
        "text": N_("What they had taken is back in its queue in a moment."),
    },
    "code-revoked": {"title": N_("The code does not work any more."), "text": ""},
    "welcome": {
        "title": N_("Your account is ready."),
        "text": N_("This is your home page. Everything starts here."),
    },
    "tried-again": {
        "title": N_("We are trying it again."),
        "text": N_("Load this page again in a moment to see how it went."),
    },
    "dropped": {
        "title": N_("It was dropped."),
        "text": N_("It stays under “Seen to”, with your reason."),
    },
    "done": {"title": N_("Done."), "text": ""},
}
