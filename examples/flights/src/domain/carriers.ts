/** How a carrier flies and what it asks. Carriers are invented; their hubs and all distances are real. */
export interface Carrier {
  /** Two letters in front of its flight numbers. */
  readonly code: string;
  readonly name: string;
  /** IATA code of the airport where its passengers change; none flies only where it can fly non-stop. */
  readonly hub: string | undefined;
  /** Its aircraft do not fly further than this in one go. */
  readonly maxLegKm: number;
  readonly cruiseKmh: number;
  readonly baseEur: number;
  readonly eurPerKm: number;
  /** How long its reservation system takes to answer a search. */
  readonly answersAfterMs: number;
}

const longHaul = { maxLegKm: 14_500, cruiseKmh: 900 };

export const carriers: readonly Carrier[] = [
  {
    ...longHaul,
    code: 'HV',
    name: 'Hansa Nova',
    hub: 'FRA',
    baseEur: 65,
    eurPerKm: 0.074,
    answersAfterMs: 90,
  },
  {
    ...longHaul,
    code: 'AW',
    name: 'Anatolia Wings',
    hub: 'IST',
    baseEur: 40,
    eurPerKm: 0.055,
    answersAfterMs: 180,
  },
  {
    ...longHaul,
    code: 'SP',
    name: 'Straits Pacific',
    hub: 'SIN',
    baseEur: 70,
    eurPerKm: 0.079,
    answersAfterMs: 270,
  },
  {
    ...longHaul,
    code: 'GC',
    name: 'Gulf Crescent',
    hub: 'DXB',
    baseEur: 45,
    eurPerKm: 0.057,
    answersAfterMs: 350,
  },
  { ...longHaul, code: 'BL', name: 'Boreal', hub: 'HEL', baseEur: 50, eurPerKm: 0.058, answersAfterMs: 450 },
  {
    ...longHaul,
    code: 'YM',
    name: 'Yamuna Air',
    hub: 'DEL',
    baseEur: 35,
    eurPerKm: 0.052,
    answersAfterMs: 540,
  },
  {
    ...longHaul,
    code: 'LO',
    name: 'Lotus Orient',
    hub: 'BKK',
    baseEur: 42,
    eurPerKm: 0.06,
    answersAfterMs: 640,
  },
  {
    ...longHaul,
    code: 'AM',
    name: 'Atlantic Meridian',
    hub: 'JFK',
    baseEur: 60,
    eurPerKm: 0.07,
    answersAfterMs: 740,
  },
  {
    code: 'KS',
    name: 'Kestrel',
    hub: undefined,
    maxLegKm: 4_500,
    cruiseKmh: 830,
    baseEur: 19,
    eurPerKm: 0.05,
    answersAfterMs: 60,
  },
];
