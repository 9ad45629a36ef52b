"""What the display says, in each language: at most 16 characters, words that a person understands."""

from collections.abc import Mapping
from dataclasses import dataclass

FALLBACK = "en"
"""the language of a market whose own nobody has translated yet"""


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    weekdays: tuple[str, ...]
    """abbreviated, from Monday (CLDR)"""
    months: tuple[str, ...]
    """abbreviated, from January (CLDR)"""
    texts: Mapping[str, str]
    """by key; failures under the keys of the market's ``sip.map``"""

    def text(self, key: str) -> str:
        """The words for a key; a failure nobody has words for is a failed call."""
        return self.texts.get(key, self.texts["call_failed"])


FRENCH = Words(
    weekdays=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    months=(
        *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
        *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ),
    texts={
        "dial_tone": "Numérotez",
        "dialling": "Numéro",
        "calling": "Appel en cours",
        "ringback": "Ça sonne",
        "incoming": "Appel entrant",
        "withheld": "Numéro masqué",
        "talking": "En ligne",
        "held": "En attente",
        "call_waiting": "Double appel",
        "held_by_far": "Mis en attente",
        "recall": "Rappel",
        "transferring": "Transfert",
        "transferred": "Transféré",
        "transfer_failed": "Transf. échoué",
        "via": "par {}",
        "on_hold": "attente",
        "loudspeaker": "Haut-parleur",
        "muted": "Micro coupé",
        "far_hung_up": "Appel terminé",
        "left_off_hook": "Raccrochez SVP",
        "message": "1 message",
        "messages": "{} messages",
        "out_of_service": "Hors service",
        "out_of_order": "En panne",
        "pairing": "Appairage",
        "busy": "Occupé",
        "unknown_number": "Numéro inconnu",
        "number_changed": "Numéro changé",
        "incomplete_number": "Numéro incomplet",
        "not_available": "Indisponible",
        "no_response": "Pas de réponse",
        "refused": "Appel refusé",
        "not_supported": "Incompatible",
        "network_congested": "Réseau saturé",
        "call_failed": "Échec de l'appel",
        "no_digits": "Raccrochez SVP",
        "emergency_refused": "Urgence bloquée",
    },
)

GERMAN = Words(
    weekdays=("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
    months=(
        *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
        *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    ),
    texts={
        "dial_tone": "Bitte wählen",
        "dialling": "Rufnummer",
        "calling": "Verbinde ...",
        "ringback": "Es klingelt",
        "incoming": "Anruf",
        "withheld": "Nr. unterdrückt",
        "talking": "Verbunden",
        "held": "Gehalten",
        "call_waiting": "Anklopfen",
        "held_by_far": "Wird gehalten",
        "recall": "Wiederanruf",
        "transferring": "Verbinde weiter",
        "transferred": "Weiterverbunden",
        "transfer_failed": "Nicht verbunden",
        "via": "über {}",
        "on_hold": "gehalten",
        "loudspeaker": "Lautsprecher",
        "muted": "Stumm",
        "far_hung_up": "Gespräch beendet",
        "left_off_hook": "Bitte auflegen",
        "message": "1 Nachricht",
        "messages": "{} Nachrichten",
        "out_of_service": "Kein Anschluss",
        "out_of_order": "Störung",
        "pairing": "Anmelden",
        "busy": "Besetzt",
        "unknown_number": "Nr. unbekannt",
        "number_changed": "Nr. geändert",
        "incomplete_number": "Nr. unvollst.",
        "not_available": "Nicht erreichbar",
        "no_response": "Keine Antwort",
        "refused": "Abgewiesen",
        "not_supported": "Nicht möglich",
        "network_congested": "Netz überlastet",
        "call_failed": "Fehlgeschlagen",
        "no_digits": "Bitte auflegen",
        "emergency_refused": "Notruf gesperrt",
    },
)

SPANISH = Words(
    weekdays=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    texts={
        "dial_tone": "Marque el número",
        "dialling": "Número",
        "calling": "Llamando ...",
        "ringback": "Está sonando",
        "incoming": "Llamada entrante",
        "withheld": "Número oculto",
        "talking": "En línea",
        "held": "En espera",
        "call_waiting": "Llam. en espera",
        "held_by_far": "Le han retenido",
        "recall": "Rellamada",
        "transferring": "Transfiriendo",
        "transferred": "Transferida",
        "transfer_failed": "No transferida",
        "via": "por {}",
        "on_hold": "espera",
        "loudspeaker": "Manos libres",
        "muted": "Micro apagado",
        "far_hung_up": "Fin de llamada",
        "left_off_hook": "Cuelgue",
        "message": "1 mensaje",
        "messages": "{} mensajes",
        "out_of_service": "Sin servicio",
        "out_of_order": "Averiado",
        "pairing": "Vinculando",
        "busy": "Ocupado",
        "unknown_number": "Núm. desconocido",
        "number_changed": "Núm. cambiado",
        "incomplete_number": "Núm. incompleto",
        "not_available": "No disponible",
        "no_response": "Sin respuesta",
        "refused": "Rechazada",
        "not_supported": "Incompatible",
        "network_congested": "Red saturada",
        "call_failed": "Llamada fallida",
        "no_digits": "Cuelgue",
        "emergency_refused": "Emerg. bloqueada",
    },
)

ENGLISH = Words(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    texts={
        "dial_tone": "Please dial",
        "dialling": "Number",
        "calling": "Calling ...",
        "ringback": "Ringing",
        "incoming": "Incoming call",
        "withheld": "Number withheld",
        "talking": "Connected",
        "held": "On hold",
        "call_waiting": "Call waiting",
        "held_by_far": "Held by far end",
        "recall": "Recall",
        "transferring": "Transferring",
        "transferred": "Transferred",
        "transfer_failed": "Transfer failed",
        "via": "via {}",
        "on_hold": "held",
        "loudspeaker": "Loudspeaker",
        "muted": "Microphone off",
        "far_hung_up": "Call ended",
        "left_off_hook": "Please hang up",
        "message": "1 message",
        "messages": "{} messages",
        "out_of_service": "No service",
        "out_of_order": "Out of order",
        "pairing": "Pairing",
        "busy": "Busy",
        "unknown_number": "Unknown number",
        "number_changed": "Number changed",
        "incomplete_number": "Number too short",
        "not_available": "Not available",
        "no_response": "No answer",
        "refused": "Call refused",
        "not_supported": "Not supported",
        "network_congested": "Network busy",
        "call_failed": "Call failed",
        "no_digits": "Please hang up",
        "emergency_refused": "Emergency barred",
    },
)

WORDS: Mapping[str, Words] = {"fr": FRENCH, "de": GERMAN, "es": SPANISH, "en": ENGLISH}


def words(language: str) -> Words:
    """The words of a language (ISO 639), or English."""
    return WORDS.get(language, WORDS[FALLBACK])
