"""TensorFlow's messages: .proto files of ours with its names and numbers, and the modules protoc makes of them."""
