// What scripts use of the language itself.
class Counter {
    #count = 0;
    next() {
        return (this.#count += 1);
    }
}
const counter = new Counter();
note('classes', [counter.next(), counter.next()]);
note('address', encodeURIComponent('a b&c'));
note('bytes', Array.from(new Uint8Array([1, 258])));
note('sets', [...new Set([1, 1, 2])].concat([...new Map([['a', 1]]).keys()]));
note('dates', new Date(0).toISOString());
note('optional', undefined?.a ?? 'nothing');
undeclared = 'a sloppy global';
note('sloppy', this.undeclared);
Promise.resolve('promised').then((value) => {
    note('promise', value);
    VoxEngine.terminate();
});
