// Texts that are spoken.

// What the words of ttsOptions come to, percent of the usual.
const MANNERS = {
    rate: { 'x-slow': 50, slow: 75, medium: 100, fast: 130, 'x-fast': 170, default: 100 },
    pitch: { 'x-low': 50, low: 75, medium: 100, high: 125, 'x-high': 150, default: 100 },
    volume: { silent: 0, 'x-soft': 25, soft: 50, medium: 100, loud: 150, 'x-loud': 200, default: 100 },
};
const MANNER_MAX = 400;

// 'slow', 1.5, '150%', '+20%', '0.5Hz' or '+6dB' as percent of the usual; NaN for others.
function mannerPercent(words, given) {
    const text = asText(given, String(given)).trim();
    if (words[text] !== undefined) return words[text];
    const [, sign, digits, unit] = /^([+-]?)(\d+(?:\.\d+)?)(%|Hz|dB)?$/.exec(text) || [];
    const number = Number(sign + digits);
    const percent = {
        '%': sign ? 100 + number : number,
        dB: 100 * 10 ** (number / 20),
    }[unit];
    const wanted = Math.round(percent ?? (sign ? NaN : number * 100));
    return Math.min(Math.max(wanted, 0), MANNER_MAX);
}

function mannerOf(options) {
    const manner = { rate: 100, pitch: 100, volume: 100 };
    for (const [name, given] of Object.entries(isObject(options) ? options : {})) {
        const key = name === 'speed' ? 'rate' : name;
        const percent = MANNERS[key] ? mannerPercent(MANNERS[key], given) : NaN;
        if (percent >= 0) manner[key] = percent;
        else note(`ttsOptions.${name} has no effect here: ${asText(given, String(given))}`);
    }
    return manner;
}

// (text, {voice or language, ttsOptions}), (text, a Language or a voice, ttsOptions) or (text).
function speechSource(text, parameters, ttsOptions) {
    const isNew = isObject(parameters);
    const voice = isNew ? parameters.voice || parameters.language : parameters;
    return {
        kind: 'speech',
        text: asText(text, String(text)),
        voice: asText(voice),
        manner: mannerOf(isNew ? parameters.ttsOptions : ttsOptions),
    };
}

function createTTSPlayer(text, parameters, ttsOptions, onPause) {
    const options = isObject(parameters) ? { ...parameters, loop: false } : { onPause: onPause === true };
    return new (part('players').Player)(speechSource(text, parameters, ttsOptions), options);
}

const members = { createTTSPlayer };
