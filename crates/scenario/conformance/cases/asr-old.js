// The keys of older releases, and a recogniser that cannot listen.
const first = VoxEngine.createASR({ lang: ASRLanguage.RUSSIAN_RU, dict: ['да', 'нет'] });
const second = VoxEngine.createASR({ lang: ASRLanguage.ENGLISH_US, dictionary: ['yes'] });
note('first', [first.language(), first.dictionary()]);
note('second', [second.language(), second.dictionary()]);
first.addEventListener(ASREvents.ASRError, (e) => {
    show(e, 'asr error');
    VoxEngine.terminate();
});
