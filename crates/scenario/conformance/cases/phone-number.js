// What the numbering plans say: of a good number, one elsewhere, and one that is none.
const of = ({ number, region, numberType, isPossibleNumber, isValidNumber, isValidNumberForRegion, error }) =>
    [number, region, numberType, isPossibleNumber, isValidNumber, isValidNumberForRegion, error];
note('at home', of(PhoneNumber.getInfo('8 (812) 123-45-67', 'RU')));
note('abroad', of(PhoneNumber.getInfo('+442070313000', 'RU')));
note('without a plus', of(PhoneNumber.getInfo('74951234567')));
note('none', of(PhoneNumber.getInfo('nobody')));
VoxEngine.terminate();
