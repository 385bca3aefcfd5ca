import { translationOf } from "../template.ts";
import { enPhone } from "./en-phone.ts";

export const dePhone = translationOf(enPhone)({
  "press.done": "{label}: erledigt",
  "press.refused": "{label}: nicht getan",
  "press.used": "{label}: schon benutzt",
  "press.expired": "{label}: zu alt",
  "press.stale": "{label}: überholt",
  "press.unknown": "Ein Knopf, den hier niemand kennt",
  "press.usedWhy": "Dieser Knopf hat um {when} gewirkt; er wirkt einmal.",
  "press.expiredWhy": "Dieser Knopf galt bis {when}.",
  "press.staleWhy": "Seine Benachrichtigung ist von {when}; seither ist Neueres geschehen.",
  "press.unknownWhy":
    "Nichts wurde getan. Die Benachrichtigung ist älter als das Gedächtnis dieses Hubs.",
  "press.next": "Sieh auf die neueste Benachrichtigung oder auf die Flottenseite.",
  "press.testSaid": "Knöpfe auf diesem Telefon wirken.",
  "would.hold": "Er hätte {what} angehalten.",
  "would.resume": "Er hätte gelöst, was {what} anhält.",
  "would.approve": "Er hätte {what} erlaubt.",
  "would.skip": "Er hätte ohne {what} weitergemacht.",
  "would.retry": "Er hätte {what} noch einmal versucht.",
  "would.rollback": "Er hätte {what} auf das zurückgebracht, was vorher lief.",
  "would.deploy": "Er hätte mit dem Ausrollen begonnen.",
  "would.abort": "Er hätte das Ausrollen beendet.",
  "would.unfence": "Er hätte diesen Hub gewählt.",
  "would.test": "Er hätte dem Editor gesagt, dass der Tipp ankam.",

  "phone.viewOnly": "Keine Knöpfe hier: {why}",
  "phone.no-fleet": "Der Notify-Node nennt keine Flotte. Wähle eine in seinem Dialog.",
  "phone.checking": "Ob Fremde dieses Topic nutzen können, wird noch geprüft. Warte eine Minute.",
  "phone.unreachable":
    "Der Server hat nicht gesagt, wer dieses Topic nutzen darf. Er wird bald wieder gefragt.",
  "phone.topic-readable":
    "Fremde können dieses Topic lesen. Verbiete es allen auf deinem ntfy-Server (ntfy access everyone TOPIC deny).",
  "phone.topic-writable":
    "Fremde können in dieses Topic schreiben. Verbiete es allen auf deinem ntfy-Server (ntfy access everyone TOPIC deny).",
  "phone.control-readable":
    "Fremde können das Steuer-Topic lesen. Verbiete es allen auf deinem ntfy-Server.",
  "phone.control-writable":
    "Fremde können in das Steuer-Topic schreiben. Verbiete es allen auf deinem ntfy-Server.",
  "phone.cannot-listen": "Das Token des Nodes darf das Steuer-Topic nicht lesen. Erlaube es ihm.",
  "phone.no-button-token":
    "Der Node hat kein Knopf-Token. Lege einen ntfy-Nutzer an, der nur in das Steuer-Topic schreiben darf, und trage sein Token ein.",
  "phone.button-token-powerless":
    "Das Knopf-Token darf nicht in das Steuer-Topic schreiben. Erlaube es ihm.",
  "phone.button-token-too-strong":
    "Das Knopf-Token darf mehr, als in das Steuer-Topic zu schreiben. Nimm ihm den Rest.",
  "phone.no-journal": "Der Hub kann sein Journal nicht schreiben. Sieh nach seiner Platte.",
  "phone.test": "Test aus dem Editor",
  "phone.testBody": "Tippe auf den Knopf; der Editor wartet darauf.",
  "phone.testPlain": "Die Benachrichtigung kommt an.",
  "phone.testButton": "Ich sehe es",
  "away.gone": "Der Hub ist nicht zurückgekommen",
  "away.goneWhy":
    "Sein Rechner begann um {when}, sich zu erneuern, und war seither nicht zu hören. Sieh nach ihm: Strom, Netz, Bildschirm. Rührt sich nichts, schalte ihn aus und ein: Er startet, was er vorher hatte.",
  "away.back": "Der Hub ist zurück",
  "away.backWhy": "Die Nachricht vor dieser ist überholt.",
});
