// Pages that have nothing of their own to run.

import { signingOut } from "./session";

signingOut();
