// A mail by callback and by promise.
const who = { login: 'shop', password: 'secret', cc: 'boss@example.com', html: '<b>7</b>', port: 587 };
Net.sendMail('mail.example', 'shop@example.com', 'anna@example.com', 'Order', 'Number 7', (first) => {
    note('first', first.code);
    Net.sendMailAsync('mail.example', 'shop@example.com', ['a@example.com', 'b@example.com'], 'Order', 'Number 8', who).then(
        (second) => {
            note('second', second.code);
            VoxEngine.terminate();
        },
    );
});
