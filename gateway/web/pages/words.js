// What the pages say, by the market's language. The phone's own words stand on its display and come with the state.

const WORDS = {
  fr: {
    phone: "Le téléphone", display: "Afficheur", dial: "Cadran", handset: "Combiné", earpiece: "Écouteur",
    lift: "Décrocher", answer: "Répondre", hangUp: "Raccrocher", onHook: "Raccroché", offHook: "Décroché",
    flash: "R", flashTitle: "Touche R : brève coupure de ligne", mute: "Secret", muted: "micro coupé",
    transfer: "Transférer", transferTitle: "Mettre les deux correspondants en relation", callWaiting: "Double appel", onHold: "En attente", withheld: "numéro masqué", message: "Message",
    volume: "Volume", distance: "Distance", take: "Prendre", dock: "Ranger", lay: "Poser sur la table", layShort: "Poser",
    docked: "À l’arrière du poste", near: "À l’oreille", far: "Loin de l’oreille", table: "Sur la table",
    loudspeaker: "Haut-parleur", touch: "À touches", rotary: "À tourner", colour: "Couleur",
    keys: "Clavier : 0–9 * # pour composer, L décrocher, E écouteur, M secret.",
    useAsHandset: "Parler avec ce navigateur", useAsEarpiece: "Écouter avec ce navigateur",
    openEarpiece: "Ouvrir la page de l’écouteur", openPhone: "Voir le téléphone",
    here: "ce navigateur", connecting: "connexion de la voix…", listening: "écoute seule, sans micro",
    registered: "en service", outOfService: "Hors service",
    lost: "Connexion avec la base perdue. Nouvel essai…", retry: "Réessayer", listen: "Écouter", close: "Fermer",
    microphoneRefused: "Le navigateur refuse le micro : on vous entendra seulement après l’avoir autorisé pour cette page.",
    microphoneMissing: "Aucun micro trouvé : vous entendez, mais personne ne vous entend.",
    insecure: "Pas de micro : cette page n’est pas sûre. Ouvrez-la en https:// ou par http://localhost.",
    voiceLost: "La voix ne passe plus entre ce navigateur et la base.", silent: "Le navigateur attend un geste pour jouer le son.",
    failed: "Le téléphone est en panne et redémarre :", token: "La base ne reconnaît plus cette page : rouvrez-la avec le jeton.",
    refused: "La base refuse :", unreachable: "La base ne répond pas.",
    lamp: "Voyant", off: "éteint", green: "vert", red: "rouge", amber: "orange", blue: "bleu", white: "blanc",
    hole: "Chiffre", star: "Étoile", hash: "Dièse",
    ivory: "Ivoire", orange: "Orange", grey: "Gris", brown: "Marron", blueColour: "Bleu", hint: "Donnez cette page à une seconde personne.",
    quality: "Qualité de la voix", excellent: "Très bonne", good: "Bonne", fair: "Moyenne", poor: "Mauvaise", recorded: "enregistré",
    lineLeg: "Ligne", browserLeg: "Navigateur", opinion: "Note (MOS)", codec: "Codage", loss: "Pertes", jitter: "Gigue", delay: "Délai", roundTrip: "Aller-retour",
  },
  de: {
    phone: "Das Telefon", display: "Anzeige", dial: "Wählscheibe", handset: "Hörer", earpiece: "Zweithörer",
    lift: "Abheben", answer: "Annehmen", hangUp: "Auflegen", onHook: "Aufgelegt", offHook: "Abgehoben",
    flash: "R", flashTitle: "R-Taste: kurze Unterbrechung", mute: "Stumm", muted: "Mikrofon aus",
    transfer: "Verbinden", transferTitle: "Die beiden Gesprächspartner miteinander verbinden", callWaiting: "Anklopfen", onHold: "Gehalten", withheld: "Nummer unterdrückt", message: "Nachricht",
    volume: "Lautstärke", distance: "Abstand", take: "Nehmen", dock: "Zurückstecken", lay: "Auf den Tisch legen", layShort: "Hinlegen",
    docked: "Hinten am Apparat", near: "Am Ohr", far: "Weg vom Ohr", table: "Auf dem Tisch",
    loudspeaker: "Lautsprecher", touch: "Tasten", rotary: "Drehen", colour: "Farbe",
    keys: "Tastatur: 0–9 * # wählen, L abheben, E Zweithörer, M stumm.",
    useAsHandset: "Mit diesem Browser sprechen", useAsEarpiece: "Mit diesem Browser mithören",
    openEarpiece: "Seite des Zweithörers öffnen", openPhone: "Telefon ansehen",
    here: "dieser Browser", connecting: "Sprache wird verbunden…", listening: "nur hören, ohne Mikrofon",
    registered: "in Betrieb", outOfService: "Außer Betrieb",
    lost: "Verbindung zur Basis verloren. Neuer Versuch…", retry: "Nochmals", listen: "Hören", close: "Schließen",
    microphoneRefused: "Der Browser verweigert das Mikrofon: erst nach der Freigabe für diese Seite hört man Sie.",
    microphoneMissing: "Kein Mikrofon gefunden: Sie hören, aber niemand hört Sie.",
    insecure: "Kein Mikrofon: diese Seite ist nicht sicher. Öffnen Sie sie mit https:// oder http://localhost.",
    voiceLost: "Die Sprache zwischen diesem Browser und der Basis ist abgerissen.", silent: "Der Browser wartet auf eine Geste, bevor er Ton spielt.",
    failed: "Das Telefon ist gestört und startet neu:", token: "Die Basis kennt diese Seite nicht mehr: öffnen Sie sie mit dem Token.",
    refused: "Die Basis lehnt ab:", unreachable: "Die Basis antwortet nicht.",
    lamp: "Leuchte", off: "aus", green: "grün", red: "rot", amber: "gelb", blue: "blau", white: "weiß",
    hole: "Ziffer", star: "Stern", hash: "Raute",
    ivory: "Elfenbein", orange: "Orange", grey: "Grau", brown: "Braun", blueColour: "Blau", hint: "Geben Sie diese Seite einer zweiten Person.",
    quality: "Sprachqualität", excellent: "Sehr gut", good: "Gut", fair: "Mäßig", poor: "Schlecht", recorded: "Aufnahme",
    lineLeg: "Leitung", browserLeg: "Browser", opinion: "Note (MOS)", codec: "Kodierung", loss: "Verluste", jitter: "Jitter", delay: "Verzögerung", roundTrip: "Hin und zurück",
  },
  es: {
    phone: "El teléfono", display: "Pantalla", dial: "Disco", handset: "Auricular", earpiece: "Segundo auricular",
    lift: "Descolgar", answer: "Contestar", hangUp: "Colgar", onHook: "Colgado", offHook: "Descolgado",
    flash: "R", flashTitle: "Tecla R: corte breve de línea", mute: "Silencio", muted: "micrófono cortado",
    transfer: "Transferir", transferTitle: "Poner en contacto a los dos interlocutores", callWaiting: "Llamada en espera", onHold: "En espera", withheld: "número oculto", message: "Mensaje",
    volume: "Volumen", distance: "Distancia", take: "Tomar", dock: "Devolver", lay: "Dejar en la mesa", layShort: "Dejar",
    docked: "Detrás del aparato", near: "En la oreja", far: "Lejos de la oreja", table: "En la mesa",
    loudspeaker: "Altavoz", touch: "Teclas", rotary: "Giratorio", colour: "Color",
    keys: "Teclado: 0–9 * # para marcar, L descolgar, E segundo auricular, M silencio.",
    useAsHandset: "Hablar con este navegador", useAsEarpiece: "Escuchar con este navegador",
    openEarpiece: "Abrir la página del segundo auricular", openPhone: "Ver el teléfono",
    here: "este navegador", connecting: "conectando la voz…", listening: "solo escucha, sin micrófono",
    registered: "en servicio", outOfService: "Fuera de servicio",
    lost: "Conexión con la base perdida. Nuevo intento…", retry: "Reintentar", listen: "Escuchar", close: "Cerrar",
    microphoneRefused: "El navegador niega el micrófono: solo le oirán cuando lo permita para esta página.",
    microphoneMissing: "No hay micrófono: usted oye, pero nadie le oye.",
    insecure: "Sin micrófono: esta página no es segura. Ábrala con https:// o con http://localhost.",
    voiceLost: "La voz entre este navegador y la base se ha cortado.", silent: "El navegador espera un gesto para dar sonido.",
    failed: "El teléfono está averiado y se reinicia:", token: "La base ya no reconoce esta página: ábrala con el token.",
    refused: "La base lo rechaza:", unreachable: "La base no responde.",
    lamp: "Piloto", off: "apagado", green: "verde", red: "rojo", amber: "ámbar", blue: "azul", white: "blanco",
    hole: "Cifra", star: "Asterisco", hash: "Almohadilla",
    ivory: "Marfil", orange: "Naranja", grey: "Gris", brown: "Marrón", blueColour: "Azul", hint: "Dé esta página a otra persona.",
    quality: "Calidad de la voz", excellent: "Muy buena", good: "Buena", fair: "Regular", poor: "Mala", recorded: "grabación",
    lineLeg: "Línea", browserLeg: "Navegador", opinion: "Nota (MOS)", codec: "Códec", loss: "Pérdidas", jitter: "Fluctuación", delay: "Retardo", roundTrip: "Ida y vuelta",
  },
  en: {
    phone: "The phone", display: "Display", dial: "Dial", handset: "Handset", earpiece: "Second earpiece",
    lift: "Lift", answer: "Answer", hangUp: "Hang up", onHook: "On its cradle", offHook: "Lifted",
    flash: "R", flashTitle: "R key: a tap of the hook", mute: "Mute", muted: "microphone off",
    transfer: "Transfer", transferTitle: "Leave the two far ends to each other", callWaiting: "Call waiting", onHold: "On hold", withheld: "number withheld", message: "Message",
    volume: "Volume", distance: "Distance", take: "Take", dock: "Put back", lay: "Lay on the table", layShort: "Lay down",
    docked: "On its dock", near: "At the ear", far: "Away from the ear", table: "On the table",
    loudspeaker: "Loudspeaker", touch: "Touch", rotary: "Turn", colour: "Colour",
    keys: "Keyboard: 0–9 * # to dial, L lift, E earpiece, M mute.",
    useAsHandset: "Talk with this browser", useAsEarpiece: "Listen with this browser",
    openEarpiece: "Open the earpiece’s page", openPhone: "See the phone",
    here: "this browser", connecting: "connecting the voice…", listening: "listening only, no microphone",
    registered: "in service", outOfService: "Out of service",
    lost: "Connection with the base lost. Trying again…", retry: "Try again", listen: "Listen", close: "Close",
    microphoneRefused: "The browser refuses the microphone: nobody hears you until you allow it for this page.",
    microphoneMissing: "No microphone found: you hear, but nobody hears you.",
    insecure: "No microphone: this page is not secure. Open it with https:// or as http://localhost.",
    voiceLost: "The voice between this browser and the base is cut.", silent: "The browser waits for a gesture before it plays sound.",
    failed: "The phone is out of order and restarts:", token: "The base does not know this page any more: open it again with the token.",
    refused: "The base refuses:", unreachable: "The base does not answer.",
    lamp: "Light", off: "off", green: "green", red: "red", amber: "amber", blue: "blue", white: "white",
    hole: "Digit", star: "Star", hash: "Hash",
    ivory: "Ivory", orange: "Orange", grey: "Grey", brown: "Brown", blueColour: "Blue", hint: "Give this page to a second person.",
    quality: "Voice quality", excellent: "Very good", good: "Good", fair: "Fair", poor: "Poor", recorded: "recording",
    lineLeg: "Line", browserLeg: "Browser", opinion: "Rating (MOS)", codec: "Codec", loss: "Loss", jitter: "Jitter", delay: "Delay", roundTrip: "Round trip",
  },
};

const MARKETS = { FR: ["fr"], DE: ["de"], ES: ["es"], US: ["en"], CA: ["en", "fr"] };

/** The language of a market; of several, the one the browser prefers. */
export function languageOf(market, preferred = navigator.language) {
  const wished = preferred.slice(0, 2).toLowerCase();
  const spoken = MARKETS[market] ?? Object.keys(WORDS);
  return spoken.includes(wished) ? wished : MARKETS[market] ? spoken[0] : "en";
}

let current = WORDS[languageOf("")];

export const word = (key) => current[key] ?? WORDS.en[key] ?? key;

/** Say everything on the page that carries data-word, -title or -label in the language of this market. */
export function speak(market) {
  const language = languageOf(market);
  current = WORDS[language];
  document.documentElement.lang = language;
  for (const el of document.querySelectorAll("[data-word]")) el.textContent = word(el.dataset.word);
  for (const el of document.querySelectorAll("[data-word-title]")) el.title = word(el.dataset.wordTitle);
  for (const el of document.querySelectorAll("[data-word-label]")) el.setAttribute("aria-label", word(el.dataset.wordLabel));
}
