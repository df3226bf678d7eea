// Telephone numbers; part of voxengine.d.ts.

declare namespace PhoneNumber {
    interface Info {
        /** E.164, or as given when it is no number. */
        number: string;
        /** Two letters, empty when unknown. */
        region: string;
        numberType:
            | 'FIXED_LINE'
            | 'MOBILE'
            | 'FIXED_LINE_OR_MOBILE'
            | 'TOLL_FREE'
            | 'PREMIUM_RATE'
            | 'SHARED_COST'
            | 'PERSONAL_NUMBER'
            | 'VOIP'
            | 'PAGER'
            | 'UAN'
            | 'VOICEMAIL'
            | 'UNKNOWN';
        isPossibleNumber: boolean;
        isValidNumber: boolean;
        isValidNumberForRegion: boolean;
        error?: string;
    }
    /** What the numbering plans say of a number; `country` is two letters. */
    function getInfo(number: string, country?: string): Info;
}
