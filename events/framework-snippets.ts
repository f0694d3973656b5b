/**
 * Set-up of SDKs in the frameworks that people use most. Each ends with something that fails, so that the first event
 * comes from where later ones will.
 */
import type { Snippet } from '../schema/api/onboarding.ts'
import { lines, type Address } from './snippet-text.ts'

export function frameworkSnippets({ dsn }: Address): Snippet[] {
  return [...browserFrameworks(dsn), ...nodeFrameworks(dsn), ...pythonFrameworks(dsn), ...otherFrameworks(dsn)]
}

const options = (dsn: string, indent = '  '): string[] => [
  `${indent}dsn: '${dsn}',`,
  `${indent}release: 'my-app@1.0.0',`,
  `${indent}environment: 'production'`
]

function browserFrameworks(dsn: string): Snippet[] {
  return [
    {
      platform: 'react',
      title: 'React',
      install: 'npm install @sentry/react',
      language: 'javascript',
      verified: true,
      code: lines(
        '// main.jsx, React 19; before it, wrap the app in <Sentry.ErrorBoundary>.',
        "import * as Sentry from '@sentry/react'",
        "import { createRoot } from 'react-dom/client'",
        "import App from './App.jsx'",
        '',
        'Sentry.init({',
        ...options(dsn),
        '})',
        '',
        "createRoot(document.getElementById('root'), {",
        '  onUncaughtError: Sentry.reactErrorHandler(),',
        '  onCaughtError: Sentry.reactErrorHandler(),',
        '  onRecoverableError: Sentry.reactErrorHandler()',
        '}).render(<App />)',
        '',
        '// Try it:',
        "Sentry.captureException(new Error('Hello from React'))"
      )
    },
    {
      platform: 'vue',
      title: 'Vue',
      install: 'npm install @sentry/vue',
      language: 'javascript',
      verified: true,
      code: lines(
        '// main.js',
        "import * as Sentry from '@sentry/vue'",
        "import { createApp } from 'vue'",
        "import App from './App.vue'",
        '',
        'const app = createApp(App)',
        'Sentry.init({',
        '  app,',
        ...options(dsn),
        '})',
        "app.mount('#app')",
        '',
        '// Try it:',
        "Sentry.captureException(new Error('Hello from Vue'))"
      )
    },
    {
      platform: 'nextjs',
      title: 'Next.js',
      install: 'npm install @sentry/nextjs',
      language: 'javascript',
      verified: false,
      code: lines(
        '// instrumentation.js; the same Sentry.init stands in instrumentation-client.js for the browser.',
        "import * as Sentry from '@sentry/nextjs'",
        '',
        'export function register() {',
        '  Sentry.init({',
        ...options(dsn, '    '),
        '  })',
        '}',
        '',
        'export const onRequestError = Sentry.captureRequestError'
      )
    }
  ]
}

function nodeFrameworks(dsn: string): Snippet[] {
  return [
    {
      platform: 'express',
      title: 'Express',
      install: 'npm install @sentry/node express',
      language: 'javascript',
      verified: true,
      code: lines(
        '// app.mjs',
        "import * as Sentry from '@sentry/node'",
        '',
        'Sentry.init({',
        ...options(dsn),
        '})',
        '',
        "const { default: express } = await import('express')",
        'const app = express()',
        '',
        '// Try it:',
        "app.get('/fail', () => {",
        "  throw new Error('Hello from Express')",
        '})',
        '',
        '// After all routes, before other handlers of errors.',
        'Sentry.setupExpressErrorHandler(app)',
        'app.listen(3000)'
      )
    }
  ]
}

const pythonInit = (dsn: string): string[] => [
  'import sentry_sdk',
  '',
  'sentry_sdk.init(',
  `    dsn="${dsn}",`,
  '    release="my-app@1.0.0",',
  '    environment="production",',
  '    send_default_pii=True,',
  ')'
]

function pythonFrameworks(dsn: string): Snippet[] {
  return [
    {
      platform: 'django',
      title: 'Django',
      install: 'pip install sentry-sdk',
      language: 'python',
      verified: true,
      code: lines(
        '# settings.py; what views raise is sent by itself.',
        ...pythonInit(dsn),
        '',
        '# Try it:',
        'sentry_sdk.capture_message("Hello from Django")'
      )
    },
    {
      platform: 'flask',
      title: 'Flask',
      install: 'pip install sentry-sdk flask',
      language: 'python',
      verified: true,
      code: lines(
        '# app.py: flask run',
        'from flask import Flask',
        ...pythonInit(dsn),
        '',
        'app = Flask(__name__)',
        '',
        '',
        '# Try it:',
        '@app.route("/fail")',
        'def fail():',
        '    raise RuntimeError("Hello from Flask")'
      )
    },
    {
      platform: 'fastapi',
      title: 'FastAPI',
      install: 'pip install sentry-sdk fastapi uvicorn',
      language: 'python',
      verified: true,
      code: lines(
        '# app.py: uvicorn app:app',
        'from fastapi import FastAPI',
        ...pythonInit(dsn),
        '',
        'app = FastAPI()',
        '',
        '',
        '# Try it:',
        '@app.get("/fail")',
        'async def fail():',
        '    raise RuntimeError("Hello from FastAPI")'
      )
    }
  ]
}

function otherFrameworks(dsn: string): Snippet[] {
  return [
    {
      platform: 'spring',
      title: 'Spring Boot',
      install: '',
      language: 'properties',
      verified: false,
      code: lines(
        '# application.properties, with io.sentry:sentry-spring-boot-starter-jakarta among the dependencies.',
        `sentry.dsn=${dsn}`,
        'sentry.release=my-app@1.0.0',
        'sentry.environment=production',
        'sentry.exception-resolver-order=-2147483647'
      )
    },
    {
      platform: 'rails',
      title: 'Rails',
      install: 'bundle add sentry-ruby sentry-rails',
      language: 'ruby',
      verified: false,
      code: lines(
        '# config/initializers/sentry.rb',
        'Sentry.init do |config|',
        `  config.dsn = '${dsn}'`,
        "  config.release = 'my-app@1.0.0'",
        "  config.environment = 'production'",
        '  config.breadcrumbs_logger = [:active_support_logger, :http_logger]',
        'end'
      )
    },
    {
      platform: 'laravel',
      title: 'Laravel',
      install: 'composer require sentry/sentry-laravel',
      language: 'php',
      verified: false,
      code: lines(
        '// bootstrap/app.php; then: php artisan sentry:publish --dsn=' + dsn,
        'use Sentry\\Laravel\\Integration;',
        '',
        'return Application::configure(basePath: dirname(__DIR__))',
        '    ->withExceptions(function (Exceptions $exceptions) {',
        '        Integration::handles($exceptions);',
        '    })->create();',
        '',
        '// Try it: php artisan sentry:test'
      )
    },
    {
      platform: 'flutter',
      title: 'Flutter',
      install: 'flutter pub add sentry_flutter',
      language: 'dart',
      verified: false,
      code: lines(
        '// main.dart',
        "import 'package:flutter/widgets.dart';",
        "import 'package:sentry_flutter/sentry_flutter.dart';",
        '',
        'Future<void> main() async {',
        '  await SentryFlutter.init(',
        '    (options) {',
        `      options.dsn = '${dsn}';`,
        "      options.release = 'my-app@1.0.0';",
        "      options.environment = 'production';",
        '    },',
        '    appRunner: () => runApp(SentryWidget(child: const MyApp())),',
        '  );',
        '}'
      )
    }
  ]
}
