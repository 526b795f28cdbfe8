import type { Stand } from '@stampede/local/stand/stand'
import { AT_ONCE, type FaultKind, NOTHING_TO_MEND, NothingBroken, orNothingBroken } from '../fault.ts'
import { openBroker, presentTopics, TOPIC_NAMES, useAdmin } from './broker.ts'

const ALL = 'all'
const kafka = () => ['kafka']

/** With all that they hold; the system has to make them again. */
export const TOPICS_DELETED: FaultKind = {
  ...{ kind: 'topics-deleted', weight: 1, ...AT_ONCE, recovers: 'from-start' },
  targets: () => [ALL, ...TOPIC_NAMES],
  touches: kafka,
  async begin(stand, { target }) {
    const broker = openBroker(stand)
    const present = await orNothingBroken(presentTopics(broker))
    const topics = present.filter((topic) => target === ALL || topic === target)
    if (topics.length === 0) throw new NothingBroken('there is no such topic')
    await useAdmin(broker, (admin) => admin.deleteTopics({ topics }))
    return NOTHING_TO_MEND
  },
  untilWhole: haveTopics,
}

/** The broker comes back without any of its data: topics, offsets and groups are gone. */
export const KAFKA_WIPED: FaultKind = {
  ...{ kind: 'kafka-wiped', weight: 1, ...AT_ONCE, recovers: 'from-start' },
  targets: kafka,
  touches: kafka,
  async begin(stand) {
    await stand.system.kill('kafka')
    return stand.wipeKafka
  },
  untilWhole: haveTopics,
}

async function haveTopics(stand: Stand): Promise<boolean> {
  const present = await presentTopics(openBroker(stand))
  return present.length === TOPIC_NAMES.length
}
