// Once, again and again, and not at all; more arguments are passed on.
setTimeout((...all) => note('once', all), 250, 'a', 'b');
const never = setTimeout(() => Logger.write('never'), 300);
clearTimeout(never);
let rounds = 0;
const round = setInterval((word) => {
    rounds += 1;
    note(word, rounds);
    if (rounds === 3) {
        clearInterval(round);
        setTimeout(VoxEngine.terminate, 1000);
    }
}, 10, 'round');
