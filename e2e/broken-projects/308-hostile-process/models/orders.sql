select {{ process.env.HOME }}
