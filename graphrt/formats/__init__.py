"""What travels: TensorFlow's messages and files. `import graphrt` imports nothing of it: protobuf costs 50 ms."""
