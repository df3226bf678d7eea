// A sound and the end of the call.
VoxEngine.playSoundAndHangup('http://files.example/closed.mp3');
