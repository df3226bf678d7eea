// Languages of recognition, by their names of old: RUSSIAN_RU is 'ru-RU'. A part of its
// own: few scenarios name one.

const OF_WORDS =
    'AFRIKAANS=af AMHARIC=am ARABIC=ar ARMENIAN=hy AZERBAIJANI=az BASQUE=eu BENGALI=bn BULGARIAN=bg CATALAN=ca ' +
    'CROATIAN=hr CZECH=cs DANISH=da DUTCH=nl ENGLISH=en FARSI=fa FILIPINO=fil FINNISH=fi FRENCH=fr GALICIAN=gl ' +
    'GEORGIAN=ka GERMAN=de GREEK=el GUJARATI=gu HEBREW=he HINDI=hi HUNGARIAN=hu ICELANDIC=is INDONESIAN=id ' +
    'ITALIAN=it JAPANESE=ja JAVANESE=jv KANNADA=kn KAZAKH=kk KHMER=km KOREAN=ko LAO=lo LATVIAN=lv LITHUANIAN=lt ' +
    'MALAYALAM=ml MALAYSIA=ms MARATHI=mr NEPALI=ne NORWEGIAN=nb POLISH=pl PORTUGUES=pt PORTUGUESE=pt ROMANIAN=ro ' +
    'RUSSIAN=ru SERBIAN=sr SINHALA=si SLOVAK=sk SLOVENIAN=sl SPANISH=es SUNDANESE=su SWAHILI=sw SWEDISH=sv ' +
    'TAMIL=ta TELUGU=te THAI=th TURKISH=tr UKRAINIAN=uk URDU=ur VIETNAMESE=vi ZULU=zu';
// Those whose region is not what the name says, or that have a script.
const ODD =
    'CANTONESE_HK=yue-Hant-HK CHINESE_CN=cmn-Hans-CN CHINESE_HK=cmn-Hans-HK CHINESE_TW=cmn-Hant-TW ENGLISH_UK=en-GB ' +
    'SLOVENIAN_SL=sl-SI';

const valueIn = (list, name) => new RegExp(`(?:^| )${name}=(\\S+)`).exec(list)?.[1];

// A language that is not listed is its own name.
function languageCode(name) {
    const [, word, region] = /^([A-Z]+)_([A-Z]{2})$/.exec(name) || [];
    const code = word && valueIn(OF_WORDS, word);
    return (word && valueIn(ODD, name)) || (code ? `${code}-${region}` : name);
}

const ASRLanguage = new Proxy(
    {},
    {
        get(target, name, receiver) {
            const isLanguage = typeof name === 'string' && /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name);
            return isLanguage && !(name in target) ? languageCode(name) : Reflect.get(target, name, receiver);
        },
    },
);
