/** Of phones: taps on buttons, why there are none, and a hub that is gone. */
export const enPhone = {
  // What a tap on a phone is told
  "press.done": "{label}: done",
  "press.refused": "{label}: not done",
  "press.used": "{label}: already used",
  "press.expired": "{label}: too old",
  "press.stale": "{label}: out of date",
  "press.unknown": "A button that is not known here",
  "press.usedWhy": "This button did its work at {when}; it works once.",
  "press.expiredWhy": "This button worked until {when}.",
  "press.staleWhy": "Its notification is of {when}; something newer has happened since.",
  "press.unknownWhy": "Nothing was done. The notification is older than this hub's memory.",
  "press.next": "Look at the newest notification, or at the fleet page.",
  "press.testSaid": "Buttons on this phone work.",
  "would.hold": "It would have held {what}.",
  "would.resume": "It would have released what holds {what}.",
  "would.approve": "It would have approved {what}.",
  "would.skip": "It would have gone on without {what}.",
  "would.retry": "It would have tried {what} again.",
  "would.rollback": "It would have taken {what} back to what ran before.",
  "would.deploy": "It would have begun to deploy.",
  "would.abort": "It would have stopped the rollout.",
  "would.unfence": "It would have chosen this hub.",
  "would.test": "It would have told the editor that the tap arrived.",

  // What a phone is told where it gets no buttons, and of a hub that is gone
  "phone.viewOnly": "No buttons here: {why}",
  "phone.no-fleet": "the notify node names no fleet. Choose one in its dialog.",
  "phone.checking": "whether strangers can use this topic is still being checked. Wait a minute.",
  "phone.unreachable": "the server has not said who may use this topic. It is asked again soon.",
  "phone.topic-readable":
    "strangers can read this topic. Deny it to everyone on your ntfy server (ntfy access everyone TOPIC deny).",
  "phone.topic-writable":
    "strangers can write to this topic. Deny it to everyone on your ntfy server (ntfy access everyone TOPIC deny).",
  "phone.control-readable":
    "strangers can read the control topic. Deny it to everyone on your ntfy server.",
  "phone.control-writable":
    "strangers can write to the control topic. Deny it to everyone on your ntfy server.",
  "phone.cannot-listen": "the node's token may not read the control topic. Allow it that.",
  "phone.no-button-token":
    "the node has no button token. Make an ntfy user that may only write to the control topic, and enter its token.",
  "phone.button-token-powerless":
    "the button token may not write to the control topic. Allow it that.",
  "phone.button-token-too-strong":
    "the button token may do more than write to the control topic. Take the rest from it.",
  "phone.no-journal": "the hub cannot write its journal. Look at its disk.",
  "phone.test": "Test from the editor",
  "phone.testBody": "Tap the button; the editor waits for it.",
  "phone.testPlain": "The notification arrives.",
  "phone.testButton": "I see it",
  "away.gone": "The hub has not come back",
  "away.goneWhy":
    "Its machine began to renew itself at {when} and has not been heard since. Look at the machine: power, network, screen. If nothing moves, switch it off and on: it starts what it ran before.",
  "away.back": "The hub is back",
  "away.backWhy": "The message before this one is out of date.",
} as const;
