import { count, openHouse } from './events-house.ts'

// A consumer that is killed between its first commit and the offset that would tell Kafka of it.
const [name, group] = process.argv.slice(2) as [string, string]
const house = await openHouse(name)
house.consume({
  group,
  apply: async (tx, events) => {
    await count(tx, group, events)
    return () => void process.kill(process.pid, 'SIGKILL')
  },
})
