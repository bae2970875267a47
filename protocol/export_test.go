package protocol

// Shapes lets tests explain texts that decoders accept, too.
var Shapes = shapes
