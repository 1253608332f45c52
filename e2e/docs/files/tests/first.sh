models build
