// The scenario's clock is the session's: a session is a function of its inputs
// and can be replayed in virtual time.
RealDate.now = () => host.now();
const SessionDate = new Proxy(RealDate, {
    construct(target, args, newTarget) {
        return Reflect.construct(target, args.length === 0 ? [host.now()] : args, newTarget);
    },
    apply() {
        return new RealDate(host.now()).toString();
    },
});
Object.defineProperty(RealDate.prototype, 'constructor', {
    value: SessionDate,
    writable: true,
    configurable: true,
});
