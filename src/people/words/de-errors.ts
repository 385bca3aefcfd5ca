import { translationOf } from "../template.ts";
import { enErrors } from "./en-errors.ts";

export const deErrors = translationOf(enErrors)({
  "error.too-large": "Eine Nachricht ist größer als erlaubt.",
  "error.invalid-field": "Eine Nachricht oder Einstellung hat ein falsches Feld.",
  "error.invalid-envelope": "Die Unterschrift des Releases ist fehlerhaft.",
  "error.signature-invalid": "Das Release trägt keine Unterschrift, der dieses Zuhause vertraut.",
  "error.wrong-fleet": "Das Release ist für ein anderes Zuhause.",
  "error.wrong-host": "Das Release ist für einen anderen Host.",
  "error.wrong-channel": "Das Release ist für einen anderen Kanal.",
  "error.wrong-system": "Das System wurde für eine andere Art von Maschine gebaut.",
  "error.statement-expired": "Das Release ist abgelaufen; die CI muss noch einmal laufen.",
  "error.statement-mismatch": "Die Anweisung passt nicht zu dem Release, das sie mitbringt.",
  "error.serial-below-floor": "Das Release ist älter als das, was der Host schon behält.",
  "error.serial-equivocation":
    "Zwei verschiedene Releases geben sich als dasselbe aus; vielleicht hat jemand anderes den Schlüssel.",
  "error.serial-in-future":
    "Das Release kommt aus der Zukunft; die Uhr der CI oder des Hosts geht falsch.",
  "error.serial-not-rising": "Das Release ist nicht neuer als das vorige.",
  "error.min-serial-invalid":
    "Das Release verbietet sich selbst; die CI hat es falsch eingestellt unterschrieben.",
  "error.release-empty": "Das Release nennt keinen Host.",
  "error.host-repeated": "Das Release nennt einen Host zweimal.",
  "error.order-stale": "Die Anweisung kam zu spät; der Hub schickt eine neue.",
  "error.order-replayed": "Eine alte Anweisung kam noch einmal an und wurde übergangen.",
  "error.order-equivocation": "Zwei Hubs geben mit demselben Schlüssel Anweisungen.",
  "error.clock-unsynchronised": "Die Uhr des Hosts ist nicht gestellt, darum wartet er.",
  "error.not-in-trial": "Der Host sollte einen Probelauf behalten, den er nicht hat.",
  "error.attempt-closed": "Dieser Versuch ist schon vorbei.",
  "error.not-committed-here":
    "Der Host hat dieses System nie behalten, oder vor zu langer Zeit, und kann nicht dorthin zurück.",
  "error.quarantined":
    "Der Host wurde von diesem System zurückgesetzt und nimmt es nur mit „Noch einmal“ wieder.",
  "error.host-memory-unreadable":
    "Der Host kann seine eigenen Notizen nicht lesen und nimmt nichts an, bis sie repariert sind.",
  "error.file-unreadable": "Der Host kann eine Datei nicht lesen.",
  "error.internal-error": "In Nixwave steckt ein Fehler.",
  "error.program-not-started": "Ein Programm auf dem Host ist nicht gestartet.",
  "error.nix-missing": "Auf dem Host ist Nix nicht installiert.",
  "error.nix-failed": "Ein Nix-Befehl ist auf dem Host gescheitert.",
  "error.path-not-in-store": "Der Host hat das System nicht, das benutzt werden sollte.",
  "error.disk-full": "Der Datenträger des Hosts ist voll.",
  "error.closure-untrusted":
    "Das geladene System trägt keine Unterschrift eines Caches, dem der Host vertraut.",
  "error.closure-corrupt": "Das Heruntergeladene ist beschädigt.",
  "error.closure-missing": "Der Cache hat das System nicht, oder nicht ganz.",
  "error.cache-unusable": "Der Cache ist nicht brauchbar oder verlangt eine Anmeldung.",
  "error.cache-unreachable": "Der Cache ist nicht erreichbar.",
  "error.pull-too-slow": "Das Herunterladen hat zu lange gedauert.",
  "error.nar-hash-mismatch": "Das geladene System ist nicht das, was die CI unterschrieben hat.",
  "error.not-a-nixos-system": "Das Heruntergeladene ist kein NixOS-System.",
  "error.activation-failed": "Das neue System ist nicht richtig gestartet.",
  "error.activation-too-slow": "Das neue System ist nicht rechtzeitig gestartet.",
  "error.attempt-open": "Der Host ist noch in einem anderen Probelauf.",
  "error.lease-expired": "Niemand hat den Probelauf rechtzeitig bestätigt.",
  "error.agent-restarted": "Der Agent des Hosts endete mitten im Probelauf.",
  "error.revert-ordered": "Der Hub hat den Probelauf zurücknehmen lassen.",
  "error.revert-failed": "Der Host konnte nicht zu seinem alten System zurück.",
  "error.superseded": "Ein neuerer Rollout ist an seine Stelle getreten.",
  "error.broker-lost": "Die Verbindung zum Broker ist abgebrochen.",
  "error.broker-unreachable": "Der Broker ist nicht erreichbar.",
  "error.broker-bad-credentials": "Der Broker hat Benutzername oder Passwort abgelehnt.",
  "error.broker-not-authorised": "Der Broker lässt diesen Teilnehmer nicht zu.",
  "error.gate-plan-invalid": "Eine Sensorprüfung ist falsch eingestellt.",
  "error.gate-unsatisfiable": "Eine Sensorprüfung könnte so nie bestanden werden.",
  "error.gate-state-unreadable":
    "Was eine Sensorprüfung gesammelt hatte, ist verloren; sie beginnt von vorn.",
  "error.reading-malformed": "Ein Sensor schickt etwas anderes als erwartet.",
  "error.reading-not-finite": "Ein Sensor schickt eine Zahl, die keine ist.",
  "error.json-path-invalid":
    "Die Stelle eines Werts in der Nachricht eines Sensors ist unverständlich.",
});
