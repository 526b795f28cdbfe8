/** What happened between `call` and `return`, in ms since 1970; undefined: nobody knows until when. */
interface Operation {
  readonly call: number
  readonly return: number | undefined
}

/** Units were taken, given back, or refused because too few were left. */
export interface StockOperation extends Operation {
  readonly kind: 'take' | 'free' | 'refuse'
  /** Of a holding: it is taken once and freed at most once. */
  readonly id: string
  readonly quantity: number
  /** It may have happened or not. */
  readonly isDoubtful: boolean
}

/** All that happened to the stock of one sale. */
export interface StockHistory {
  readonly saleId: string
  readonly units: number
  readonly operations: readonly StockOperation[]
}

/** An order took a step to a version, or somebody read it in that version. */
export interface OrderOperation extends Operation {
  readonly kind: 'step' | 'read'
  readonly version: number
}

export interface OrderHistory {
  readonly orderId: string
  readonly operations: readonly OrderOperation[]
}
