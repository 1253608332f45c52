models run
