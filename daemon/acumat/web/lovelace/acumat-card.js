// One card for Home Assistant: advice, minutes, stop, how the load lies, calm and redness of an acupressure mat.
// A single file without a build step that fetches nothing. Entities are found by their unique ids: they may be renamed.

// generated: words
const WORDS = {
  "en": {"card.name": "Acupressure mat", "card.about": "Advice, minutes, stop and how you feel, for an acupressure mat.", "card.which": "Which mat", "card.which_help": "Needed only if there are several. Without it the card lets people choose.", "card.looking": "Looking for the mat.", "card.none": "There is no acupressure mat here. One appears by itself as soon as it uses the same broker as Home Assistant.", "card.gone": "The mat of this card is not here any more. Choose another one in the settings of the card.", "card.away": "The mat cannot be reached, and no tap here arrives. If something does not feel right, get up slowly, roll to the side first.", "card.unknown": "The mat has not said anything yet.", "card.no_stop": "A stop is missing here: the routine of the mat is switched off, or its button in Home Assistant is.", "card.left": "{minutes} min left, until {time}", "card.over": "{minutes} min over the plan", "card.lain": "{minutes} min on the mat", "card.symptom_ask": "Should guidance rest for 24 hours as well, because something does not feel right? This cannot be taken back.", "card.symptom_yes": "Yes, rest", "card.symptom_no": "No, only stop", "card.still_ask": "The skin then gets a day of rest. This cannot be taken back.", "card.sent": "Sent to the mat.", "card.done": "The mat has taken it.", "card.refused": "The mat has refused it: it does not fit now.", "card.failed": "This did not reach the mat. If something does not feel right, get up slowly.", "card.silent": "The mat has not answered. If something does not feel right, get up slowly.", "feel.calm": "How calm do you feel?", "feel.calm.1": "not at all", "feel.calm.5": "very", "now.back": "Back", "now.left": "Your left", "now.map": "The mat, as you lie on your back, head at the top.", "now.right": "Your right", "now.share": "{left} % of the load on your left, {right} % on your right.", "now.share.unknown": "Left and right are not known now.", "now.stop": "Stop", "now.symptom": "Something does not feel right", "plan.next": "Next session: {minutes} minutes.", "red.ask": "Has the redness faded?", "red.faded": "It has faded", "red.still": "Still red", "reply.no": "No", "reply.unknown": "I don't know", "reply.yes": "Yes", "routine.ready": "Ready", "routine.waiting": "Guidance is off", "routine.guided": "Guided", "routine.over_time": "Over time", "routine.alarm": "Alarm", "routine.measuring": "Measuring", "routine.cool_down": "Cool-down", "routine.question": "Question: redness", "advice.starting": "The mat is starting.", "advice.alarm": "Please get up slowly.", "advice.rise": "Please get up slowly, roll to the side first, and rest.", "advice.calibrating": "The mat is being calibrated: follow the steps under Answer.", "advice.paused": "Measuring is paused. Switch Pause off to go on.", "advice.blind": "The mat cannot see. Look at its health.", "advice.over_time": "The planned time is over. Get up slowly, roll to the side first.", "advice.shift_left": "Shift a little to your left.", "advice.shift_right": "Shift a little to your right.", "advice.breathe": "Breathe slowly and evenly, and let the shoulders sink.", "advice.measuring": "The mat measures and does not guide.", "advice.redness": "Has the redness faded? Please answer.", "advice.fading": "Rest a little. Redness should fade within about an hour.", "advice.symptom": "After a symptom the mat guides nobody for 24 hours. Please rest, and ask a professional if it does not pass.", "advice.professional": "Twice within 14 days something did not feel right. Please ask a professional, and then say so: on the mat's page under Set up, or with acumat screen --advice-taken.", "advice.unanswered": "First answer a few questions about your health: on the mat's page under Set up, or with acumat screen. Until then the mat only measures.", "advice.ask_again": "Half a year has passed: answer the questions about your health again, on the mat's page under Set up, or with acumat screen.", "advice.ask_professional": "Please ask a professional whether this mat is right for you, and then say so: on the mat's page under Set up, or with acumat screen --advice-taken.", "advice.rest_day": "The skin has a day of rest. The mat guides nobody until that day is over.", "advice.history": "What was stored of the routine cannot be read now, so the mat only measures.", "advice.calibrate": "Calibrate the mat first: press Calibrate on the mat's device page and follow the steps.", "advice.done_today": "Done for today. The next session has {minutes} minutes.", "advice.ready": "Lie down when it suits you: {minutes} minutes.", "advice.lie_down": "Lie down when it suits you.", "asking.unanswered": "First answer the Health question: here with Health: no, yes or I do not know, or on the mat's page. Here the answer goes through the broker, and Home Assistant stores what you tap. Until then the mat only measures.", "asking.ask_again": "Half a year has passed: answer the Health question again, here with Health: no, yes or I do not know, or on the mat's page. Here the answer goes through the broker, and Home Assistant stores what you tap.", "question.all": "Does any of this apply: wounds or a skin infection, a bleeding disorder, poor circulation, reduced sense of touch, sensitive skin, easy bruising, pregnancy, another illness, blood thinners, corticoids, spinal surgery, high blood pressure, heart disease?", "question.wounds": "Do you have open wounds, broken skin or a skin infection where the mat would touch you?", "question.bleeding": "Do you have a bleeding or clotting disorder?", "question.circulation": "Do you have severe circulation problems?", "question.sensation": "Is your sense of touch, pain or warmth reduced, as it may be with diabetes or nerve damage?", "question.skin": "Is your skin very sensitive, or do you bruise easily?", "question.pregnancy": "Are you pregnant?", "question.condition": "Do you have any other medical condition that a doctor should know about first?", "question.anticoagulants": "Do you take medicine that thins the blood?", "question.corticoids": "Do you take corticoids, as tablets, injections or on the skin where the mat would touch you?", "question.spine": "Have you had spinal surgery in recent times?", "question.heart": "Do you have high blood pressure or a heart disease?", "card.again": "Begin again"},
  "de": {"card.name": "Akupressurmatte", "card.about": "Rat, Minuten, Stopp und wie du dich fühlst, für eine Akupressurmatte.", "card.which": "Welche Matte", "card.which_help": "Nur nötig, wenn es mehrere gibt. Ohne Angabe lässt die Karte wählen.", "card.looking": "Die Matte wird gesucht.", "card.none": "Hier ist keine Akupressurmatte. Sie erscheint von selbst, sobald sie denselben Broker wie Home Assistant nutzt.", "card.gone": "Die Matte dieser Karte ist nicht mehr da. Wähle in den Einstellungen der Karte eine andere.", "card.away": "Die Matte ist nicht zu erreichen, und kein Druck hier kommt an. Wenn sich etwas nicht richtig anfühlt, steh langsam auf, dreh dich zuerst auf die Seite.", "card.unknown": "Die Matte hat noch nichts gesagt.", "card.no_stop": "Hier fehlt ein Stopp: der Ablauf der Matte ist ausgeschaltet, oder sein Knopf in Home Assistant.", "card.left": "noch {minutes} min, bis {time}", "card.over": "{minutes} min über der Zeit", "card.lain": "{minutes} min auf der Matte", "card.symptom_ask": "Soll die Anleitung auch 24 Stunden ruhen, weil sich etwas nicht richtig anfühlt? Das lässt sich nicht zurücknehmen.", "card.symptom_yes": "Ja, ruhen", "card.symptom_no": "Nein, nur Stopp", "card.still_ask": "Die Haut bekommt dann einen Ruhetag. Das lässt sich nicht zurücknehmen.", "card.sent": "An die Matte gesendet.", "card.done": "Die Matte hat es angenommen.", "card.refused": "Die Matte hat es abgelehnt: es passt gerade nicht.", "card.failed": "Das hat die Matte nicht erreicht. Wenn sich etwas nicht richtig anfühlt, steh langsam auf.", "card.silent": "Die Matte hat nicht geantwortet. Wenn sich etwas nicht richtig anfühlt, steh langsam auf.", "feel.calm": "Wie ruhig fühlst du dich?", "feel.calm.1": "gar nicht", "feel.calm.5": "sehr", "now.back": "Zurück", "now.left": "Deine linke Seite", "now.map": "Die Matte, wie du auf dem Rücken liegst, Kopf oben.", "now.right": "Deine rechte Seite", "now.share": "{left} % der Last links von dir, {right} % rechts.", "now.share.unknown": "Links und rechts sind gerade nicht bekannt.", "now.stop": "Stopp", "now.symptom": "Etwas fühlt sich nicht richtig an", "plan.next": "Nächste Sitzung: {minutes} Minuten.", "red.ask": "Ist die Rötung vergangen?", "red.faded": "Sie ist vergangen", "red.still": "Noch gerötet", "reply.no": "Nein", "reply.unknown": "Weiß nicht", "reply.yes": "Ja", "routine.ready": "Bereit", "routine.waiting": "Ohne Anleitung", "routine.guided": "Angeleitet", "routine.over_time": "Über der Zeit", "routine.alarm": "Alarm", "routine.measuring": "Misst", "routine.cool_down": "Nachklingen", "routine.question": "Frage: Rötung", "advice.starting": "Die Matte startet.", "advice.alarm": "Bitte steh langsam auf.", "advice.rise": "Bitte steh langsam auf, dreh dich zuerst auf die Seite, und ruh dich aus.", "advice.calibrating": "Die Matte wird kalibriert: folge den Schritten unter Antwort.", "advice.paused": "Die Messung pausiert. Schalte Pause aus, damit sie weitergeht.", "advice.blind": "Die Matte sieht nichts. Schau nach ihrem Zustand.", "advice.over_time": "Die geplante Zeit ist um. Steh langsam auf, dreh dich zuerst auf die Seite.", "advice.shift_left": "Rutsch ein wenig nach links.", "advice.shift_right": "Rutsch ein wenig nach rechts.", "advice.breathe": "Atme langsam und gleichmäßig, und lass die Schultern sinken.", "advice.measuring": "Die Matte misst und leitet nicht an.", "advice.redness": "Ist die Rötung verblasst? Bitte antworte.", "advice.fading": "Ruh dich etwas aus. Die Rötung sollte in etwa einer Stunde verblassen.", "advice.symptom": "Nach Beschwerden leitet die Matte 24 Stunden lang niemanden an. Bitte ruh dich aus, und hol fachlichen Rat, wenn sie nicht vergehen.", "advice.professional": "Zweimal in 14 Tagen stimmte etwas nicht. Bitte hol fachlichen Rat, und sag es dann: auf der Seite der Matte unter Einrichten, oder mit acumat screen --advice-taken.", "advice.unanswered": "Beantworte zuerst einige Fragen zu deiner Gesundheit: auf der Seite der Matte unter Einrichten, oder mit acumat screen. Bis dahin misst die Matte nur.", "advice.ask_again": "Ein halbes Jahr ist um: beantworte die Fragen zu deiner Gesundheit neu, auf der Seite der Matte unter Einrichten, oder mit acumat screen.", "advice.ask_professional": "Bitte hol fachlichen Rat, ob diese Matte für dich richtig ist, und sag es dann: auf der Seite der Matte unter Einrichten, oder mit acumat screen --advice-taken.", "advice.rest_day": "Die Haut hat einen Ruhetag. Bis er vorbei ist, leitet die Matte niemanden an.", "advice.history": "Was vom Ablauf gespeichert ist, kann gerade nicht gelesen werden. Die Matte misst nur.", "advice.calibrate": "Kalibriere zuerst die Matte: drück Kalibrieren auf der Geräteseite der Matte und folge den Schritten.", "advice.done_today": "Für heute ist es geschafft. Die nächste Sitzung hat {minutes} Minuten.", "advice.ready": "Leg dich hin, wenn es dir passt: {minutes} Minuten.", "advice.lie_down": "Leg dich hin, wenn es dir passt.", "asking.unanswered": "Beantworte zuerst die Gesundheitsfrage: hier mit Gesundheit: nein, ja oder weiß nicht, oder auf der Seite der Matte. Hier geht die Antwort über den Broker, und Home Assistant speichert, was du antippst. Bis dahin misst die Matte nur.", "asking.ask_again": "Ein halbes Jahr ist um: beantworte die Gesundheitsfrage neu, hier mit Gesundheit: nein, ja oder weiß nicht, oder auf der Seite der Matte. Hier geht die Antwort über den Broker, und Home Assistant speichert, was du antippst.", "question.all": "Trifft etwas davon zu: Wunden, Hautinfektion, Gerinnungsstörung, schlechte Durchblutung, vermindertes Gefühl, empfindliche Haut, blaue Flecken, Schwangerschaft, andere Krankheit, Blutverdünner, Kortikoide, Wirbelsäulen-OP, Bluthochdruck, Herzkrankheit?", "question.wounds": "Hast du offene Wunden, verletzte Haut oder eine Hautinfektion, wo die Matte dich berühren würde?", "question.bleeding": "Hast du eine Blutungs- oder Gerinnungsstörung?", "question.circulation": "Hast du schwere Durchblutungsstörungen?", "question.sensation": "Ist dein Gefühl für Berührung, Schmerz oder Wärme vermindert, etwa durch Diabetes oder einen Nervenschaden?", "question.skin": "Ist deine Haut sehr empfindlich, oder bekommst du leicht blaue Flecken?", "question.pregnancy": "Bist du schwanger?", "question.condition": "Hast du eine andere Erkrankung, von der ein Arzt vorher wissen sollte?", "question.anticoagulants": "Nimmst du Mittel, die das Blut verdünnen?", "question.corticoids": "Nimmst du Kortikoide, als Tabletten, als Spritzen oder auf der Haut, wo die Matte dich berühren würde?", "question.spine": "Wurdest du in letzter Zeit an der Wirbelsäule operiert?", "question.heart": "Hast du hohen Blutdruck oder eine Herzkrankheit?", "card.again": "Von vorn"},
  "sv": {"card.name": "Akupressurmatta", "card.about": "Råd, minuter, stopp och hur du mår, för en akupressurmatta.", "card.which": "Vilken matta", "card.which_help": "Behövs bara om det finns flera. Utan den låter kortet en välja.", "card.looking": "Letar efter mattan.", "card.none": "Här finns ingen akupressurmatta. Den dyker upp av sig själv så snart den använder samma broker som Home Assistant.", "card.gone": "Kortets matta finns inte kvar. Välj en annan i kortets inställningar.", "card.away": "Mattan går inte att nå, och inget tryck här kommer fram. Om något inte känns rätt, res dig sakta, rulla först över på sidan.", "card.unknown": "Mattan har inte sagt något än.", "card.no_stop": "Här saknas ett stopp: mattans vägledning är avstängd, eller dess knapp i Home Assistant.", "card.left": "{minutes} min kvar, till {time}", "card.over": "{minutes} min över tiden", "card.lain": "{minutes} min på mattan", "card.symptom_ask": "Ska vägledningen också vila i 24 timmar, för att något inte känns rätt? Det går inte att ta tillbaka.", "card.symptom_yes": "Ja, vila", "card.symptom_no": "Nej, bara stopp", "card.still_ask": "Huden får då en vilodag. Det går inte att ta tillbaka.", "card.sent": "Skickat till mattan.", "card.done": "Mattan har tagit emot det.", "card.refused": "Mattan har avböjt: det passar inte nu.", "card.failed": "Det nådde inte mattan. Om något inte känns rätt, res dig sakta.", "card.silent": "Mattan har inte svarat. Om något inte känns rätt, res dig sakta.", "feel.calm": "Hur lugn känner du dig?", "feel.calm.1": "inte alls", "feel.calm.5": "mycket", "now.back": "Tillbaka", "now.left": "Din vänstra sida", "now.map": "Mattan som när du ligger på rygg, huvudet uppåt.", "now.right": "Din högra sida", "now.share": "{left} % av lasten till vänster om dig, {right} % till höger.", "now.share.unknown": "Vänster och höger är inte kända just nu.", "now.stop": "Stopp", "now.symptom": "Något känns inte rätt", "plan.next": "Nästa pass: {minutes} minuter.", "red.ask": "Har rodnaden försvunnit?", "red.faded": "Den har försvunnit", "red.still": "Fortfarande röd", "reply.no": "Nej", "reply.unknown": "Vet inte", "reply.yes": "Ja", "routine.ready": "Redo", "routine.waiting": "Utan vägledning", "routine.guided": "Vägledd", "routine.over_time": "Över tiden", "routine.alarm": "Larm", "routine.measuring": "Mäter", "routine.cool_down": "Återhämtning", "routine.question": "Fråga: rodnad", "advice.starting": "Mattan startar.", "advice.alarm": "Res dig sakta upp.", "advice.rise": "Res dig sakta upp, rulla först över på sidan, och vila.", "advice.calibrating": "Mattan kalibreras: följ stegen under Svar.", "advice.paused": "Mätningen är pausad. Stäng av Paus för att fortsätta.", "advice.blind": "Mattan ser ingenting. Titta på dess tillstånd.", "advice.over_time": "Den planerade tiden är slut. Res dig sakta, rulla först över på sidan.", "advice.shift_left": "Flytta dig lite åt vänster.", "advice.shift_right": "Flytta dig lite åt höger.", "advice.breathe": "Andas lugnt och jämnt, och låt axlarna sjunka.", "advice.measuring": "Mattan mäter men vägleder inte.", "advice.redness": "Har rodnaden bleknat? Svara gärna.", "advice.fading": "Vila lite. Rodnaden bör blekna inom ungefär en timme.", "advice.symptom": "Efter besvär vägleder mattan ingen på 24 timmar. Vila, och fråga vården om det inte går över.", "advice.professional": "Två gånger på 14 dagar kändes något fel. Fråga vården, och säg sedan till: på mattans sida under Ställ in, eller med acumat screen --advice-taken.", "advice.unanswered": "Svara först på några frågor om din hälsa: på mattans sida under Ställ in, eller med acumat screen. Tills dess mäter mattan bara.", "advice.ask_again": "Ett halvår har gått: svara på hälsofrågorna igen, på mattans sida under Ställ in, eller med acumat screen.", "advice.ask_professional": "Fråga vården om mattan passar dig, och säg sedan till: på mattans sida under Ställ in, eller med acumat screen --advice-taken.", "advice.rest_day": "Huden har en vilodag. Mattan vägleder ingen förrän den är över.", "advice.history": "Det som sparats av rutinen kan inte läsas nu, så mattan mäter bara.", "advice.calibrate": "Kalibrera först mattan: tryck på Kalibrera på mattans enhetssida och följ stegen.", "advice.done_today": "Klart för i dag. Nästa session är {minutes} minuter.", "advice.ready": "Lägg dig när det passar dig: {minutes} minuter.", "advice.lie_down": "Lägg dig när det passar dig.", "asking.unanswered": "Svara först på hälsofrågan: här med Hälsa: nej, ja eller vet inte, eller på mattans sida. Här går svaret via brokern, och Home Assistant sparar vad du trycker på. Tills dess mäter mattan bara.", "asking.ask_again": "Ett halvår har gått: svara på hälsofrågan igen, här med Hälsa: nej, ja eller vet inte, eller på mattans sida. Här går svaret via brokern, och Home Assistant sparar vad du trycker på.", "question.all": "Stämmer något av detta på dig: sår eller hudinfektion, blödningsrubbning, dålig cirkulation, nedsatt känsel, känslig hud, lätt blåmärken, graviditet, annan sjukdom, blodförtunnande medicin, kortikoider, ryggoperation, högt blodtryck, hjärtsjukdom?", "question.wounds": "Har du öppna sår, skadad hud eller en hudinfektion där mattan skulle röra vid dig?", "question.bleeding": "Har du en blödnings- eller koagulationsrubbning?", "question.circulation": "Har du svåra cirkulationsproblem?", "question.sensation": "Är din känsel för beröring, smärta eller värme nedsatt, som vid diabetes eller nervskada?", "question.skin": "Är din hud mycket känslig, eller får du lätt blåmärken?", "question.pregnancy": "Är du gravid?", "question.condition": "Har du någon annan sjukdom som en läkare bör känna till först?", "question.anticoagulants": "Tar du medicin som förtunnar blodet?", "question.corticoids": "Tar du kortikoider, som tabletter, injektioner eller på huden där mattan skulle röra vid dig?", "question.spine": "Har du nyligen opererats i ryggraden?", "question.heart": "Har du högt blodtryck eller en hjärtsjukdom?", "card.again": "Börja om"},
};
// end

const ZONES = ["neck", "shoulders", "lumbar", "pelvis"]; // from head to foot; a smaller mat has some of them
const COLOURS = [[44, 52, 64], [62, 74, 137], [38, 130, 142], [53, 183, 121], [181, 222, 43], [253, 231, 37]];
const EVEN_AT = 0.4; // where an even load lies on the scale of colours, as on the mat's own page
const TICK_MS = 10e3;
const APPEARED_MS = 600; // so long after a question has appeared under a finger, a tap was meant for what was there before
const SILENT_MS = 10e3; // so long without an answer, a tap is not taken for one that the mat has heard
const HEALTH = ["no", "yes", "unknown"]; // the answers to a question about health
const URGENT = ["alarm", "rise"];
const OF_THE_MAT = ["advice", "session", "routine"]; // what is unavailable together when the mat is
const MEMORY = "acumat-card mat";
const MAT_WIDTH = 200;
const MAT_HEIGHT = 300;

export function languageOf(hass) {
  const wanted = String(hass?.locale?.language || hass?.language || document.documentElement.lang).split("-")[0].toLowerCase();
  return Object.hasOwn(WORDS, wanted) ? wanted : "en";
}

export function text(language, key, values = {}) {
  const found = Object.hasOwn(WORDS[language], key) ? WORDS[language][key] : "";
  return found.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "–"));
}

// The mats in Home Assistant's list of devices, by name. What a person has renamed is still one by its identifier.
export function matsOf(hass) {
  const found = Object.values(hass?.devices ?? {}).flatMap((device) => {
    const identifier = (device.identifiers ?? []).find(([domain, id]) => domain === "mqtt" && String(id).startsWith("acumat_"));
    if (!identifier || device.manufacturer !== "acumat" || device.disabled_by) return [];
    return [{ id: device.id, prefix: `${identifier[1]}_`, name: device.name_by_user || device.name || "" }];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

// Which of them the card shows: the configured one and no other, or the one chosen on this screen, or the first.
export function matOf(mats, configured, chosen) {
  if (configured) return mats.find((each) => each.id === configured) ?? null;
  return mats.find((each) => each.id === chosen) ?? mats[0] ?? null;
}

// What to say of the time: a key of the words, minutes, and a moment. Times are in milliseconds, NaN if not known.
export function timing(lies, startedMs, endsMs, plannedMin, nowMs) {
  const whole = (ms) => Math.max(1, Math.ceil(ms / 60e3));
  if (!lies) return Number.isFinite(plannedMin) ? { key: "plan.next", minutes: plannedMin } : null;
  if (Number.isFinite(endsMs)) {
    return endsMs > nowMs ? { key: "card.left", minutes: whole(endsMs - nowMs), atMs: endsMs } : { key: "card.over", minutes: whole(nowMs - endsMs) };
  }
  return Number.isFinite(startedMs) ? { key: "card.lain", minutes: Math.max(0, Math.floor((nowMs - startedMs) / 60e3)) } : null;
}

// The load as rows from head to foot, [on the person's left, on their right], each a part of the whole from 0 to 1.
export function cellsOf(leftPct, zones) {
  if (!Number.isFinite(leftPct)) return [];
  const named = ZONES.filter((zone) => Number.isFinite(zones?.[zone]));
  const total = named.reduce((sum, zone) => sum + zones[zone], 0);
  const rows = total > 0 ? named.map((zone) => zones[zone] / total) : [1];
  return rows.map((part) => [part * leftPct / 100, part * (100 - leftPct) / 100]);
}

function colourOf(part) {
  const at = Math.min(0.999, Math.max(0, part)) * (COLOURS.length - 1);
  const [low, high] = [COLOURS[Math.floor(at)], COLOURS[Math.floor(at) + 1]];
  return `rgb(${low.map((each, index) => Math.round(each + (high[index] - each) * (at % 1))).join()})`;
}

// Elements out of a name, attributes and children. Text is always text: nothing here reads HTML.
function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(key, value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}
const h = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

const memory = {
  get() { try { return localStorage.getItem(MEMORY); } catch { return null; } },
  set(id) { try { localStorage.setItem(MEMORY, id); } catch { /* a browser that keeps nothing shows the first mat */ } },
};

const STYLE = `
  :host { display: block; height: 100%; }
  [hidden] { display: none !important; }
  ha-card { display: block; height: 100%; box-sizing: border-box; padding: 16px; container-type: inline-size; color: var(--primary-text-color, #212121);
    background: var(--ha-card-background, var(--card-background-color, #fff)); overflow: hidden; overflow-wrap: anywhere; }
  header { display: flex; gap: 12px; align-items: baseline; justify-content: space-between; color: var(--secondary-text-color, #5e5e5e); }
  header b { font-size: 1.1rem; color: var(--primary-text-color, #212121); }
  p { margin: 8px 0; line-height: 1.4; }
  .advice { font-size: 1.3rem; min-height: 2.8em; display: flex; align-items: center; }
  .urgent, .away { padding: 10px 12px; border-radius: 10px; background: #b3261e; color: #fff; }
  .time { font-size: 1.1rem; font-weight: 600; min-height: 1.4em; }
  .soft { color: var(--secondary-text-color, #5e5e5e); }
  .row { display: flex; flex-wrap: wrap; gap: 12px; }
  .row > * { flex: 1 1 140px; }
  .calm > * { flex: 1 1 44px; }
  button, select { font: inherit; min-height: 52px; padding: 8px 12px; border-radius: 12px; cursor: pointer; touch-action: manipulation;
    color: var(--primary-text-color, #212121); background: var(--secondary-background-color, #eee); border: 2px solid transparent; }
  select { min-height: 44px; max-width: 100%; }
  button.stop { min-height: 84px; font-size: 1.4rem; font-weight: 700; color: #fff; background: #b3261e; }
  button.symptom { min-height: 84px; font-size: 1.1rem; font-weight: 600; background: transparent; border-color: #d0453c; }
  button:active { filter: brightness(0.85); }
  :focus-visible { outline: 3px solid var(--primary-color, #03a9f4); outline-offset: 2px; }
  .ask { margin-top: 12px; padding: 12px; border-radius: 12px; border: 2px solid var(--divider-color, #ccc); }
  .ask p { margin-top: 0; }
  svg { display: block; width: 100%; max-width: 240px; margin: 4px auto 0; border-radius: 14px; }
  .sides { display: flex; justify-content: space-between; max-width: 240px; margin: 12px auto 0; text-align: center; }
  .sides b { display: block; font-size: 1.1rem; }
  .sides, .ends { font-size: 0.9rem; color: var(--secondary-text-color, #5e5e5e); }
  .ends { display: flex; justify-content: space-between; margin: 4px 2px 0; }
  [role=status] { min-height: 1.4em; }
  @container (min-width: 620px) { .two { display: grid; grid-template-columns: minmax(0, 1fr) 260px; gap: 24px; } }
`;

class AcumatCard extends HTMLElement {
  // set by Home Assistant where the card is only shown, such as in its editor: nothing is sent from there
  preview = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  static getStubConfig(hass) {
    const mats = matsOf(hass);
    return mats.length > 1 ? { device: mats[0].id } : {};
  }

  static getConfigForm() {
    const language = languageOf();
    return {
      schema: [{ name: "device", selector: { device: { filter: [{ integration: "mqtt", manufacturer: "acumat" }] } } }],
      computeLabel: () => text(language, "card.which"),
      computeHelper: () => text(language, "card.which_help"),
    };
  }

  setConfig(config) {
    if (config.device !== undefined && config.device !== "" && typeof config.device !== "string") throw new Error("device: a device's id");
    this._config = config;
    this._update();
  }

  set hass(hass) {
    this._hass = hass;
    this._update();
  }

  getCardSize() { return 10; }

  getGridOptions() { return { columns: 12, min_columns: 6, rows: "auto" }; }

  connectedCallback() {
    this._timer = setInterval(() => this._update(), TICK_MS);
    this._update();
  }

  disconnectedCallback() { clearInterval(this._timer); }

  _update() {
    if (!this._hass || !this._config) return;
    const language = languageOf(this._hass);
    if (language !== this._language) this._build(language);
    this._find();
    this._show();
  }

  // The mat, and its entities by the part of their unique ids that says what they are.
  _find() {
    const { devices, entities } = this._hass;
    const configured = this._config.device;
    if (devices === this._devices && entities === this._entities && configured === this._configured && this._asked) return;
    [this._devices, this._entities, this._configured] = [devices, entities, configured];
    this._mats = matsOf(this._hass);
    const mat = matOf(this._mats, configured, this._chosen ?? memory.get());
    const known = mat ? Object.values(entities ?? {}).filter((each) => each.device_id === mat.id).map((each) => each.entity_id).sort() : [];
    const asked = JSON.stringify([this._mats, mat?.id, known, configured]);
    if (asked === this._asked) return;
    const another = mat?.id !== this._mat?.id;
    [this._mat, this._asked] = [mat, asked];
    if (another) this._forget();
    this._list();
    if (known.length === 0) return;
    this._hass.callWS({ type: "config/entity_registry/get_entries", entity_ids: known }).then((entries) => {
      if (this._asked !== asked) return;
      const named = Object.values(entries).filter((each) => String(each?.unique_id).startsWith(mat.prefix));
      this._ids = Object.fromEntries(named.map((each) => [each.unique_id.slice(mat.prefix.length), each.entity_id]));
      this._show();
    }, () => { if (this._asked === asked) this._asked = null; });
  }

  // Nothing of the mat that was shown before may reach the one that is shown now.
  _forget() {
    [this._ids, this._pending] = [null, null];
    for (const panel of [this._part.hurts, this._part.still, this._part.red]) this._open(panel, false);
    say(this._part.said, "");
  }

  _state(key) { return this._hass.states[this._ids?.[key]]; }

  _build(language) {
    this._language = language;
    const t = (key, values) => text(language, key, values);
    const part = this._part = {};
    part.name = h("b");
    part.which = h("select", { "aria-label": t("card.which"), onchange: () => this._choose(part.which.value) });
    part.situation = h("span");
    part.advice = h("p", { class: "advice", "aria-live": "polite" });
    part.away = h("p", { class: "away", role: "alert", hidden: true }, t("card.away"));
    part.time = h("p", { class: "time", role: "timer" });
    part.noStop = h("p", { class: "soft", hidden: true }, t("card.no_stop"));
    part.stop = h("button", { class: "stop", onclick: () => this._press("stop", "stop") }, t("now.stop"));
    part.symptom = h("button", { class: "symptom", onclick: () => this._hurts() }, t("now.symptom"));
    part.hurts = this._question(t("card.symptom_ask"), [[t("card.symptom_yes"), () => this._press("symptom", "symptom_stop")], [t("card.symptom_no"), () => {}]]);
    part.red = h("section", { class: "ask", hidden: true }, h("p", {}, t("red.ask")), h("div", { class: "row" },
      h("button", { onclick: () => this._sure(part.red, () => this._press("redness", "redness_faded")) }, t("red.faded")),
      h("button", { onclick: () => this._sure(part.red, () => this._open(part.still, true)) }, t("red.still"))));
    part.still = this._question(t("card.still_ask"), [[t("red.still"), () => this._press("redness", "still_red")], [t("now.back"), () => {}]]);
    part.health = h("section", { class: "ask", hidden: true }, part.question = h("p"), h("div", { class: "row" }, ...HEALTH.map((each) =>
      h("button", { onclick: () => this._sure(part.health, () => this._press("health_answer", `health_${each}`)) }, t(`reply.${each}`))),
    part.again = h("button", { onclick: () => this._sure(part.health, () => this._press("health_again", "health_again")) }, t("card.again"))));
    part.calm = h("section", {}, h("p", { id: "calm" }, t("feel.calm")),
      h("div", { class: "row calm", role: "group", "aria-labelledby": "calm" }, ...[1, 2, 3, 4, 5].map((each) =>
        h("button", { onclick: () => this._calm(each) }, String(each)))),
      h("div", { class: "ends" }, h("span", {}, `1: ${t("feel.calm.1")}`), h("span", {}, `5: ${t("feel.calm.5")}`)));
    part.said = h("p", { role: "status" });
    part.body = h("section", {}, h("div", { class: "sides" },
      h("span", {}, t("now.left"), part.left = h("b")), h("span", {}, t("now.right"), part.right = h("b"))), this._map());
    part.row = h("div", { class: "row" }, part.stop, part.symptom);
    this.shadowRoot.replaceChildren(h("style", {}, STYLE), h("ha-card", {}, h("header", {}, part.name, part.which, part.situation),
      h("div", { class: "two" },
        h("div", {}, part.advice, part.away, part.time, part.row, part.noStop, part.said, part.hurts, part.health, part.red, part.still, part.calm), part.body)));
    this._list();
  }

  // A question with two answers; either closes it.
  _question(words, answers) {
    const made = h("section", { class: "ask", hidden: true }, h("p", {}, words), h("div", { class: "row" }, ...answers.map(([label, act]) =>
      h("button", { onclick: () => this._sure(made, () => { this._open(made, false); act(); }) }, label))));
    return made;
  }

  _open(panel, open) {
    if (open === !panel.hidden) return;
    panel.hidden = !open;
    panel.openedMs = performance.now();
  }

  _sure(panel, act) {
    if (performance.now() - panel.openedMs < APPEARED_MS) return;
    act();
    this._show();
  }

  _list() {
    if (!this._part) return;
    const { which, name } = this._part;
    const several = !this._config.device && this._mats?.length > 1;
    [which.hidden, name.hidden] = [!several, several];
    which.replaceChildren(...(several ? this._mats.map((each) => h("option", { value: each.id, selected: each.id === this._mat?.id }, each.name)) : []));
    say(name, this._mat?.name || text(this._language, "card.name"));
  }

  _choose(id) {
    this._chosen = id;
    memory.set(id);
    this._asked = null;
    this._update();
  }

  _show() {
    const [part, t] = [this._part, (key, values) => text(this._language, key, values)];
    const routine = this._state("routine")?.attributes ?? {};
    const code = this._state("advice")?.attributes.advice;
    const away = this._isAway();
    const ready = Boolean(this._ids);
    const lost = !ready ? t(this._mat ? "card.looking" : this._config.device ? "card.gone" : "card.none") : "";
    say(part.advice, lost || (away ? "" : this._advice(code, routine)));
    part.advice.hidden = part.advice.textContent === "";
    part.advice.classList.toggle("urgent", !away && URGENT.includes(code));
    part.away.hidden = !away;
    say(part.situation, away ? "" : t(`routine.${routine.situation}`));
    say(part.time, away || !ready ? "" : this._time(routine));
    part.row.hidden = !this._mat || (ready && !this._ids.stop && !this._ids.symptom_stop);
    [part.stop.hidden, part.symptom.hidden] = [ready && !this._ids.stop, ready && !this._ids.symptom_stop];
    part.noStop.hidden = !ready || Boolean(this._ids.stop && this._ids.symptom_stop);
    part.calm.hidden = !ready || away || !this._ids.calm;
    const red = ready && !away && routine.question === "redness" && Boolean(this._ids.redness_faded && this._ids.still_red);
    if (!red) this._open(part.still, false);
    this._open(part.red, red && part.still.hidden);
    this._ask(ready && !away ? this._state("health_no")?.attributes.question : null);
    part.body.hidden = !ready;
    this._draw(away);
    this._answered();
  }

  // The question about health that is open, where Home Assistant may ask it. Each is a new one, deaf for a moment.
  _ask(code) {
    const { health, question, again } = this._part;
    const words = code ? text(this._language, `question.${code}`) || (this._state("health_question")?.state ?? "") : "";
    if (question.textContent !== words) this._open(health, false);
    say(question, words);
    this._open(health, words !== "");
    again.hidden = code === "all" || !this._ids?.health_again;
  }

  _isAway() {
    if (this._hass.connected === false) return true;
    const shown = OF_THE_MAT.map((key) => this._state(key)?.state).filter((state) => state !== undefined);
    return this._state("connection")?.state === "off" || (shown.length > 0 && shown.every((state) => state === "unavailable"));
  }

  _advice(code, routine) {
    const state = this._state("advice")?.state ?? "unknown";
    const silent = state === "unknown" || state === "unavailable";
    const answer = this._state("answer");
    if (code === "calibrating" && answer?.attributes.command === "calibrate") return answer.state; // the step
    const asking = this._ids.health_question ? text(this._language, `asking.${code}`) : "";
    return asking || text(this._language, `advice.${code}`, { minutes: routine.planned_min }) || (silent ? text(this._language, "card.unknown") : state);
  }

  _time(routine) {
    const at = (key) => Date.parse(this._state(key)?.state ?? "");
    const said = timing(this._state("session")?.state === "on", at("session_started"), at("ends_at"), routine.planned_min, Date.now());
    return said ? text(this._language, said.key, { minutes: said.minutes, time: said.atMs ? this._clock(said.atMs) : "" }) : "";
  }

  _clock(ms) {
    const { locale, config } = this._hass;
    const twelve = { 12: true, 24: false }[locale?.time_format];
    const zone = locale?.time_zone === "server" ? config?.time_zone : undefined;
    return new Date(ms).toLocaleTimeString(locale?.language || this._language, { hour: "numeric", minute: "2-digit", hour12: twelve, timeZone: zone });
  }

  // The mat as the person feels it who lies there on the back: their own left on the left, the head at the top.
  _map() {
    const part = this._part;
    part.heat = svg("g", { style: "filter: blur(16px)" });
    const pale = { fill: "none", stroke: "#fff", "stroke-opacity": "0.55", "stroke-width": "3", "stroke-linejoin": "round" };
    part.map = svg("svg", { viewBox: `0 0 ${MAT_WIDTH} ${MAT_HEIGHT}`, role: "img" }, svg("rect", { width: "100%", height: "100%", fill: colourOf(0) }), part.heat,
      svg("circle", { cx: 100, cy: 34, r: 22, ...pale }),
      svg("path", { d: "M87 60 Q85 76 62 80 Q46 84 43 110 L36 222 M164 222 L157 110 Q154 84 138 80 Q115 76 113 60 M66 118 L72 206 Q60 244 58 300 M134 118 L128 206 Q140 244 142 300", ...pale }));
    return part.map;
  }

  _draw(away) {
    const part = this._part;
    const shown = this._state("left_share");
    const left = away ? NaN : Math.round(Number.parseFloat(shown?.state));
    const cells = cellsOf(left, shown?.attributes.zones);
    const key = JSON.stringify([this._language, cells, left]);
    if (key === part.map.drawn) return;
    part.map.drawn = key;
    const known = Number.isFinite(left);
    const [width, height] = [MAT_WIDTH / 2, MAT_HEIGHT / (cells.length || 1)];
    part.heat.replaceChildren(...cells.flatMap((row, down) => row.map((share, across) => svg("rect",
      { x: across * width, y: down * height, width, height, fill: colourOf(share * 2 * cells.length * EVEN_AT) }))));
    say(part.left, known ? `${left} %` : "–");
    say(part.right, known ? `${100 - left} %` : "–");
    part.map.setAttribute("aria-label", `${text(this._language, "now.map")} ${text(this._language, known ? "now.share" : "now.share.unknown", { left, right: 100 - left })}`);
  }

  // The first tap stops at once. What takes a day of guidance away needs a second one.
  _hurts() {
    if (!this._ids || this._ids.stop) this._press("stop", "stop");
    this._open(this._part.hurts, this._state("symptom_stop") !== undefined && !this._isAway());
  }

  _press(command, key) { this._send(command, "button", "press", key); }

  _calm(number) { this._send("check_in", "select", "select_option", "calm", { option: String(number) }); }

  _send(command, domain, service, key, data = {}) {
    if (this.preview) return;
    const t = (each) => text(this._language, each);
    if (this._isAway() || (this._state(key)?.state ?? "unavailable") === "unavailable") {
      this._pending = null;
      say(this._part.said, t("card.failed"));
      return;
    }
    this._pending = { command, since: this._state("answer")?.last_updated, sentMs: Date.now() };
    say(this._part.said, t("card.sent"));
    this._hass.callService(domain, service, { entity_id: this._ids[key], ...data }).catch(() => {
      this._pending = null;
      say(this._part.said, t("card.failed"));
    });
  }

  // What the mat has answered to the last tap, or that it has not.
  _answered() {
    const [answer, pending] = [this._state("answer"), this._pending];
    if (!pending || !answer) return;
    if (answer.last_updated === pending.since || answer.attributes.command !== pending.command) {
      if (Date.now() - pending.sentMs >= SILENT_MS) say(this._part.said, text(this._language, "card.silent"));
      return;
    }
    this._pending = null;
    const words = this._language === "en" ? answer.state : text(this._language, answer.attributes.ok ? "card.done" : "card.refused");
    say(this._part.said, words);
  }
}

if (!customElements.get("acumat-card")) {
  customElements.define("acumat-card", AcumatCard);
  const language = languageOf();
  window.customCards = window.customCards ?? [];
  window.customCards.push({ type: "acumat-card", name: text(language, "card.name"), description: text(language, "card.about"), preview: true });
}
